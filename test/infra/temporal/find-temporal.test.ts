import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findTemporal } from '../../../infra/temporal/find-temporal';
import { makeFolder, type Folder } from '../stack/folder';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

const program = (version: string): string =>
  `#!/bin/sh\necho "temporal version ${version} (Server 1.31.2, UI 2.50.1)"\n`;

/** `onPath` and `cached` are versions of binaries put there; the build is counted. */
function setUp(places: { readonly onPath?: string; readonly cached?: string; readonly cliPath?: string }) {
  const bin = join(folder.path, 'bin');
  const cache = join(folder.path, 'cache');
  mkdirSync(bin);
  mkdirSync(join(cache, 'temporal/1.8.2'), { recursive: true });
  if (places.onPath !== undefined) folder.write('bin/temporal', program(places.onPath), 0o755);
  if (places.cached !== undefined)
    folder.write('cache/temporal/1.8.2/temporal', program(places.cached), 0o755);
  const said: string[] = [];
  let built = 0;
  const find = () =>
    findTemporal(
      { cache, temporal: places.cliPath === undefined ? {} : { cliPath: places.cliPath } },
      {
        say: (line) => said.push(line),
        env: { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) },
        build: async (file) => {
          built++;
          writeFileSync(file, program('1.8.2'), { mode: 0o755 });
        },
      },
    );
  return { find, said, built: () => built, cached: join(cache, 'temporal/1.8.2/temporal') };
}

it('takes the explicit path before all others', async () => {
  const cliPath = folder.write('mine', program('1.8.1'), 0o755);
  const { find } = setUp({ cliPath, onPath: '1.8.2', cached: '1.8.2' });
  expect(await find()).toEqual({ command: cliPath, version: '1.8.1' });
});

it.each([
  ['no file there', undefined],
  ['version 1.9.0', program('1.9.0')],
  ['an unknown answer', '#!/bin/sh\necho hello\n'],
])('refuses an explicit path with %s, and never goes on', async (got, text) => {
  const cliPath = text === undefined ? join(folder.path, 'nothing') : folder.write('mine', text, 0o755);
  const { find, built } = setUp({ cliPath, onPath: '1.8.2' });
  await expect(find()).rejects.toMatchObject({ code: 'temporal-missing', at: 'TEMPORAL_CLI_PATH' });
  await expect(find()).rejects.toThrow(got);
  expect(built()).toBe(0);
});

it('takes the one on PATH before the cached one', async () => {
  expect(await setUp({ onPath: '1.8.0', cached: '1.8.2' }).find()).toEqual({
    command: 'temporal',
    version: '1.8.0',
  });
});

it('passes over another version on PATH, and says so', async () => {
  const { find, said, cached, built } = setUp({ onPath: '1.5.1', cached: '1.8.2' });
  expect((await find()).command).toBe(cached);
  expect(said.join()).toContain('version 1.5.1');
  expect(built()).toBe(0);
});

it('builds once where there is none, even when asked twice at a time', async () => {
  const { find, cached, built } = setUp({});
  const found = await Promise.all([find(), find()]);
  expect(found.map(({ command }) => command)).toEqual([cached, cached]);
  expect(built()).toBe(1);
});

it('names a broken file in the cache', async () => {
  const { find, cached } = setUp({ cached: '1.2.3' });
  await expect(find()).rejects.toThrow(`${cached}: expected Temporal CLI 1.8.2, got version 1.2.3. Delete`);
});
