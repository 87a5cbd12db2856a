import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeOnce } from '../../../infra/stack/make-once';
import { makeFolder, type Folder } from './folder';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

it('makes a thing once, however many want it at the same time', async () => {
  const target = join(folder.path, 'sub/thing');
  let made = 0;
  const want = () =>
    makeOnce(
      target,
      () => undefined,
      async (part) => {
        made++;
        await new Promise((resolve) => setImmediate(resolve));
        writeFileSync(part, 'whole');
      },
    );
  expect(await Promise.all([want(), want(), want()])).toEqual([target, target, target]);
  expect(made).toBe(1);
  expect(readFileSync(target, 'utf8')).toBe('whole');
});

it('leaves nothing half after a fault, and tries anew the next time', async () => {
  const target = join(folder.path, 'thing');
  const fail = async (part: string): Promise<void> => {
    writeFileSync(part, 'ha');
    throw new Error('no network');
  };
  await expect(makeOnce(target, () => undefined, fail)).rejects.toThrow('no network');
  expect(existsSync(target)).toBe(false);
  expect(existsSync(`${target}.part`)).toBe(false);
  await makeOnce(
    target,
    () => undefined,
    async (part) => writeFileSync(part, 'whole'),
  );
  expect(readFileSync(target, 'utf8')).toBe('whole');
});
