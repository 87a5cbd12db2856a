/**
 * Compiles lib/ before the tests, because some of them start the compiled processes. Does nothing when lib/ is newer
 * than every source. Type errors do not stop the tests: `npm run check` is the judge of types, and tsc emits anyway.
 */
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const findTemporalOnce = require('./temporal-once.cjs');

const ROOT = path.resolve(__dirname, '../..');
const SOURCES = ['core', 'workflows', 'activities', 'infra', 'workers', 'api'];
const STAMP = path.join(ROOT, 'lib/.built');
const LOCK = path.join(ROOT, 'lib/.building');
const LOCK_AGE_MAX_MS = 5 * 60_000;
const LOCK_POLL_MS = 200;

module.exports = async function buildOnce(globalConfig) {
  if (onlyCore(globalConfig)) return;
  fs.mkdirSync(path.join(ROOT, 'lib'), { recursive: true });
  while (!takeLock()) await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  try {
    if (!upToDate()) build();
  } finally {
    fs.rmSync(LOCK, { force: true });
  }
  if (needsTemporal(globalConfig)) await findTemporalOnce();
};

/** What was asked for on the command line; empty for everything. */
function askedFor(globalConfig) {
  return (globalConfig?.testPathPatterns?.patterns ?? []).map((pattern) => pattern.replaceAll('\\', ''));
}

/** Tests of core/ alone start no process: they need no build. */
function onlyCore(globalConfig) {
  const asked = askedFor(globalConfig);
  return asked.length > 0 && asked.every((pattern) => pattern.includes('test/core/'));
}

function needsTemporal(globalConfig) {
  const asked = askedFor(globalConfig);
  return (
    asked.length === 0 || asked.some((pattern) => /workflows|replay|e2e|chaos|browser|bench/.test(pattern))
  );
}

function takeLock() {
  try {
    fs.writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!lockIsAlive()) fs.rmSync(LOCK, { force: true });
    return false;
  }
}

/** A lock whose process is gone was left by a killed run. */
function lockIsAlive() {
  try {
    if (Date.now() - fs.statSync(LOCK).mtimeMs > LOCK_AGE_MAX_MS) return false;
    process.kill(Number(fs.readFileSync(LOCK, 'utf8')) || process.pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function upToDate() {
  if (!fs.existsSync(STAMP)) return false;
  const built = fs.statSync(STAMP).mtimeMs;
  const files = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) =>
    path.join(ROOT, name),
  );
  for (const folder of SOURCES) files.push(...sourceFiles(path.join(ROOT, folder)));
  return files.every((file) => fs.statSync(file).mtimeMs < built);
}

/** Folders count too: a removed file changes only its folder. */
function sourceFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const kept = entries.filter((entry) => entry.isDirectory() || /\.(ts|mts|json)$/.test(entry.name));
  return [folder, ...kept.map((entry) => path.join(entry.parentPath, entry.name))].filter(
    (name) => !name.includes('node_modules'),
  );
}

function build() {
  const started = new Date();
  const typed = runNode(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  const bundler = 'lib/workers/bundle.js';
  const bundled = fs.existsSync(path.join(ROOT, bundler)) ? runNode([bundler]) : true;
  if (!typed || !bundled) return;
  // The time before the build: a source saved meanwhile is newer than its output.
  fs.writeFileSync(STAMP, started.toISOString());
  fs.utimesSync(STAMP, started, started);
}

function runNode(args) {
  try {
    execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return true;
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(0, 20).join('\n');
    console.warn(`\n${args.join(' ')} failed; tests that start compiled processes may fail:\n${output}\n`);
    return false;
  }
}
