/** A throw-away Postgres server, without a network port, for tests of the ledger. */
import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';
const SETTINGS = 'fsync=off synchronous_commit=off full_page_writes=off'.split(' ');

export interface TempPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

export async function tempPostgres(): Promise<TempPostgres> {
  const newest = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))[0]!;
  const bin = join(VERSIONS, newest, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'perennial-postgres-'));
  const data = join(folder, 'data');
  const asPostgres = await userOf(folder);
  const call = (program: string, ...args: string[]) => {
    const [command = program, ...rest] = [...asPostgres, join(bin, program), ...args];
    return run(command, rest, { cwd: folder });
  };
  await call('initdb', '-D', data, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
  const options = [...SETTINGS, 'listen_addresses=', `unix_socket_directories=${folder}`].map(
    (setting) => `-c ${setting}`,
  );
  await call('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options.join(' '), 'start');
  return {
    url: `postgres://app@localhost/postgres?host=${folder}`,
    stop: async () => {
      await call('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Postgres refuses to run as root: the words that make a command run as its own user. */
async function userOf(folder: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const [user, group] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
  chownSync(folder, Number(user.stdout), Number(group.stdout));
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'];
}
