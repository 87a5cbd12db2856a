/** Where the Temporal CLI, which holds the dev server, comes from: the first of five places that has the right version. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../config';
import { Problem } from '../../core/problem';
import { makeOnce, type Say } from '../stack/make-once';
import { buildTemporal, TEMPORAL_VERSION } from './build-temporal';

const ACCEPTED = /^1\.8\.\d+$/;
const VERSION_TIMEOUT_MS = 20_000;
const run = promisify(execFile);

export interface FindTemporalOptions {
  readonly say: Say;
  readonly env?: NodeJS.ProcessEnv;
  /** Makes the binary at the path given; replaced by tests. */
  readonly build?: (file: string, say: Say) => Promise<void>;
}
export interface TemporalPlace {
  readonly cache: string;
  readonly temporal: { readonly cliPath?: string };
}
export interface FoundTemporal {
  /** A path, or a name found on PATH. */
  readonly command: string;
  readonly version: string;
}

type Version = { readonly version: string } | { readonly missing: true } | { readonly fault: string };

async function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<Version> {
  try {
    const { stdout } = await run(command, ['--version'], { env, timeout: VERSION_TIMEOUT_MS });
    const version = /version v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
    return version === undefined
      ? { fault: `an unknown answer to --version: ${stdout.slice(0, 80).trim()}` }
      : { version };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' ? { missing: true } : { fault: `a program that does not run (${String(code)})` };
  }
}

function describe(found: Version): string {
  if ('version' in found) return `version ${found.version}`;
  return 'missing' in found ? 'no file there' : found.fault;
}

/** Throws `Problem('temporal-missing')` that says what to do when no place has it. */
export async function findTemporal(
  config: TemporalPlace,
  options: FindTemporalOptions,
): Promise<FoundTemporal> {
  const { say } = options;
  const env = options.env ?? childEnvironment({});
  const { cliPath } = config.temporal;
  if (cliPath !== undefined) return named(cliPath, await versionOf(cliPath, env));

  const onPath = await versionOf('temporal', env);
  if ('version' in onPath && ACCEPTED.test(onPath.version))
    return { command: 'temporal', version: onPath.version };
  if (!('missing' in onPath))
    say(`temporal on PATH: ${describe(onPath)}, but 1.8.x is needed; looking further`);

  const cached = join(config.cache, 'temporal', TEMPORAL_VERSION, 'temporal');
  if (!existsSync(cached)) await makeOnce(cached, say, (part) => (options.build ?? buildTemporal)(part, say));
  const found = await versionOf(cached, env);
  if ('version' in found && ACCEPTED.test(found.version)) return { command: cached, version: found.version };
  throw new Problem(
    'temporal-missing',
    `${cached}: expected Temporal CLI ${TEMPORAL_VERSION}, got ${describe(found)}. Delete the file and start again.`,
  );
}

/** An explicit setting that is wrong is an error, never skipped. */
function named(cliPath: string, found: Version): FoundTemporal {
  if ('version' in found && ACCEPTED.test(found.version)) return { command: cliPath, version: found.version };
  throw new Problem(
    'temporal-missing',
    `TEMPORAL_CLI_PATH: expected the Temporal CLI, version 1.8.x, got ${describe(found)} at ${cliPath}. Correct the path, or unset it to have ${TEMPORAL_VERSION} found or built.`,
    'TEMPORAL_CLI_PATH',
  );
}
