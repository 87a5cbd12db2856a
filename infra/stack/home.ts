import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '../../core/problem';

/** Below this the databases could not even start. */
const FREE_BYTES_MIN = 64 * 1024 ** 2;

/** What a failed write into the data folder means to its owner; undefined for anything that is no storage fault. */
export function storageProblem(error: unknown, home: string): Problem | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return full(home, `no space left (${code})`);
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code)) return undefined;
  return new Problem(
    'home-unwritable',
    `PERENNIAL_HOME: expected a folder that can be written to, got ${code} for ${home}. Change its owner or rights, or set PERENNIAL_HOME to another folder.`,
    'PERENNIAL_HOME',
  );
}

function full(home: string, got: string): Problem {
  return new Problem(
    'storage-full',
    `PERENNIAL_HOME: expected at least ${FREE_BYTES_MIN / 1024 ** 2} MB free for ${home}, got ${got}. Free some space, or set PERENNIAL_HOME to another disk.`,
    'PERENNIAL_HOME',
  );
}

/** Step by step: in some folders, /proc for one, Node's own recursive way never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** Makes the data folder, and writes to it once to be sure. */
export function prepareHome(home: string): void {
  try {
    for (const folder of ['logs', 'run']) makeFolder(join(home, folder));
    const probe = join(home, `.probe-${process.pid}`);
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    throw storageProblem(error, home) ?? error;
  }
  const { bavail, bsize } = statfsSync(home);
  if (bavail * bsize < FREE_BYTES_MIN) throw full(home, `${Math.floor((bavail * bsize) / 1024 ** 2)} MB`);
}
