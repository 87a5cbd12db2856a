/** What a number depends on besides the program; nothing that names the machine or its folders. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { compiled, ROOT } from './root.mjs';

export async function conditionsNow() {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: output('git', ['rev-parse', '--short', 'HEAD']) ?? 'unknown',
    changed:
      (output('git', ['status', '--porcelain', '--', 'core', 'infra', 'activities', 'workflows']) ?? '') !==
      '',
    node: process.version,
    temporal: await temporalVersion(),
    packages: packageVersions(),
    cores: os.availableParallelism(),
    processor: os.cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(os.totalmem() / 1024 ** 3),
    system: `${os.type()} ${os.release()}`,
    load: os.loadavg()[0].toFixed(2),
  };
}

/** What the calls go through. */
function packageVersions() {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const names = ['@temporalio/worker', 'openai', 'undici', 'libsql'];
  return names.map((name) => `${name} ${dependencies[name]}`).join(', ');
}

/** The binary that the stack itself would find. */
async function temporalVersion() {
  const require = createRequire(import.meta.url);
  const { loadConfig } = require(compiled('infra/config.js'));
  const { findTemporal } = require(compiled('infra/temporal/find-temporal.js'));
  try {
    const { command } = await findTemporal(loadConfig(), { say: () => undefined });
    return output(command, ['--version']) ?? 'temporal of unknown version';
  } catch {
    return 'temporal of unknown version';
  }
}

function output(program, args) {
  try {
    return execFileSync(program, args, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
