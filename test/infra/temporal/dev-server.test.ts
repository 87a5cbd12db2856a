import { join } from 'node:path';
import { claimDatabaseFile } from '../../../infra/temporal/dev-server';
import { makeFolder, type Folder } from '../stack/folder';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

const claim = (version: string) =>
  claimDatabaseFile({
    binary: { command: 'temporal', version },
    databaseFile: join(folder.path, 'temporal.db'),
  });

it('goes on with a file of the same minor version', () => {
  claim('1.8.2');
  folder.write('temporal.db', '');
  expect(() => claim('1.8.4')).not.toThrow();
});

it('refuses a file of another minor version, and says that jobs live on', () => {
  claim('1.8.2');
  folder.write('temporal.db', '');
  expect(() => claim('1.9.0')).toThrow(
    /expected a file of Temporal CLI 1\.9, got one of 1\.8\..*jobs live on/,
  );
});

it('minds no note without its file', () => {
  claim('1.8.2');
  expect(() => claim('1.9.0')).not.toThrow();
});
