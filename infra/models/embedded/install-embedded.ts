import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '../../../core/hash';
import { Problem } from '../../../core/problem';
import { childEnvironment } from '../../config';
import { makeOnce, type Say } from '../../stack/make-once';
import { packageRoot } from '../../stack/package-root';

const INSTALL_TIMEOUT_MS = 20 * 60_000;
const FILES = ['package.json', 'package-lock.json'] as const;

/** True where the native library has a binary that the lock file pins. */
export function canInstallEmbedded(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

/**
 * Installs the model server's native library into the cache, once for each lock file, and returns its folder. The
 * library stays out of our own dependencies: it is large, and bound to one platform.
 */
export async function installEmbedded(config: { readonly cache: string }, say: Say): Promise<string> {
  if (!canInstallEmbedded()) {
    throw unavailable(`${process.platform}-${process.arch}, for which no library is pinned`);
  }
  const from = join(packageRoot(), 'infra/models/embedded');
  const lockHash = sha256(readFileSync(join(from, 'package-lock.json'))).slice(0, 8);
  return makeOnce(join(config.cache, `embedded-${lockHash}`), say, async (part) => {
    say('installing the embedded model server (85 MB, about 10 seconds), once');
    mkdirSync(part, { recursive: true });
    for (const file of FILES) copyFileSync(join(from, file), join(part, file));
    const npm = ['ci', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await promisify(execFile)('npm', npm, {
      cwd: part,
      env: childEnvironment({}),
      timeout: INSTALL_TIMEOUT_MS,
    }).catch((error: Error & { stderr?: string }) => {
      throw unavailable(error.stderr?.trim().split('\n').slice(0, 4).join(' ') ?? error.message);
    });
  });
}

function unavailable(got: string): Problem {
  return new Problem(
    'model-unavailable',
    `the embedded model server: expected "npm ci" of its library (linux-x64) to work, got ${got}. Use another provider, or switch the embedded model off.`,
  );
}
