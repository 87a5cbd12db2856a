import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, openLogFile } from '../../../infra/stack/log-file';
import { makeFolder, type Folder } from './folder';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

it('keeps at most two files of the size given', () => {
  const path = join(folder.path, 'logs/x.log');
  const log = openLogFile(path, 10);
  for (const line of ['one..\n', 'two..\n', 'three\n']) log.write(line);
  log.close();
  log.write('after the end');
  expect(readFileSync(path, 'utf8')).toBe('three\n');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('two..\n');
});

it('shows the last lines, and nothing of a log that is not there', () => {
  const path = folder.write('y.log', 'a\nb\nc\n');
  expect(lastLines(path, 2)).toBe('b\nc');
  expect(lastLines(join(folder.path, 'none'), 2)).toBe('');
});
