import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { childEnvironment } from '../config';
import { Problem } from '../../core/problem';
import { packageRoot } from '../stack/package-root';
import type { Say } from '../stack/make-once';

/** The pinned version; `cli/go.mod` beside this file names the same. */
export const TEMPORAL_VERSION = '1.8.2';
const GO_NEEDED = [1, 26, 4] as const;
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
/** Progress is said after as many compiled packages; there are about 1,700. */
const PROGRESS_PACKAGES = 300;
const ERROR_LINES_SHOWN = 8;

/** Compares dotted versions of three numbers. */
function isAtLeast(version: string, needed: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const at = needed.findIndex((part, place) => (parts[place] ?? 0) !== part);
  return at < 0 || (parts[at] ?? 0) > (needed[at] ?? 0);
}

async function requireGo(): Promise<void> {
  const answer = await promisify(execFile)('go', ['env', 'GOVERSION'], {
    env: childEnvironment({ GOTOOLCHAIN: 'local' }),
  }).catch(() => undefined);
  const version = answer?.stdout.trim().replace(/^go/, '');
  if (version !== undefined && isAtLeast(version, GO_NEEDED)) return;
  throw new Problem(
    'temporal-missing',
    `Temporal's dev server was not found, and building it needs Go ${GO_NEEDED.join('.')} or later; got ${version === undefined || version === '' ? 'no Go' : `Go ${version}`}. ` +
      `Install one of: the Temporal CLI ${TEMPORAL_VERSION} (on PATH or named by TEMPORAL_CLI_PATH), Go ${GO_NEEDED.join('.')}; or name a running server by TEMPORAL_ADDRESS.`,
  );
}

/** Builds the pinned CLI into `file`. Go's caches, which grow to gigabytes, are temporary. */
export async function buildTemporal(file: string, say: Say): Promise<void> {
  await requireGo();
  say(
    `building Temporal's dev server ${TEMPORAL_VERSION} from its pinned source, because this machine has none: about 5 minutes, once`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'perennial-temporal-'));
  try {
    for (const name of ['go.mod', 'go.sum'])
      copyFileSync(join(packageRoot(), 'infra/temporal/cli', name), join(folder, name));
    await compile(folder, file, say);
    say(`built ${file}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compile(folder: string, file: string, say: Say): Promise<void> {
  const linkerFlags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_VERSION}`;
  const child = spawn('go', ['build', '-v', '-trimpath', '-ldflags', linkerFlags, '-o', file, PACKAGE], {
    cwd: folder,
    // Modules are made writable so that the folder can be removed.
    env: childEnvironment({
      GOMODCACHE: join(folder, 'modules'),
      GOCACHE: join(folder, 'cache'),
      GOFLAGS: '-modcacherw',
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
    }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const last: string[] = [];
  let packages = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    last.push(line);
    if (last.length > ERROR_LINES_SHOWN) last.shift();
    if (line.startsWith('go: downloading')) return;
    if (++packages % PROGRESS_PACKAGES === 0) say(`building Temporal: ${packages} of about 1,700 packages`);
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code === 0) return;
  throw new Problem(
    'temporal-missing',
    `building Temporal's dev server failed (go build: exit code ${code ?? 'unknown'}). Its last lines:\n${last.join('\n')}`,
  );
}
