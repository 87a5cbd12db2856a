import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepareHome, storageProblem } from '../../../infra/stack/home';
import { makeFolder, type Folder } from './folder';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

it('makes the data folder', () => {
  prepareHome(join(folder.path, 'a/b'));
  expect(existsSync(join(folder.path, 'a/b/logs'))).toBe(true);
});

it('names a folder that cannot be written to', () => {
  const home = join(folder.write('file', ''), 'home');
  expect(() => prepareHome(home)).toThrow(
    expect.objectContaining({ code: 'home-unwritable', at: 'PERENNIAL_HOME' }),
  );
});

it.each([
  ['ENOSPC', 'storage-full'],
  ['EDQUOT', 'storage-full'],
  ['EROFS', 'home-unwritable'],
  ['EACCES', 'home-unwritable'],
  ['EIO', undefined],
])('%s means %s', (code, expected) => {
  expect(storageProblem(Object.assign(new Error(code), { code }), folder.path)?.code).toBe(expected);
});
