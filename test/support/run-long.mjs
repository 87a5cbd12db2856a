/**
 * The long tests, one file after the other: `npm run test:long -- [--minutes 30] [--json results.json] [--list]`.
 * With minutes, no file is started that would typically end too late; what was left out is named.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import longOrder from './long-order.cjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** A file that takes this many times its typical duration hangs. */
const HANGING_FACTOR = 4;
const HANGING_SECONDS_MIN = 300;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const minutes = values.minutes === undefined ? Infinity : Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes: expected a number above 0, got "${values.minutes}".`);
  process.exit(64);
}

const files = longOrder
  .orderLongTests({ tests: longTests(), changed: changedFiles(), commit: git('rev-parse', 'HEAD') })
  .map((file) => ({
    file,
    seconds: longOrder.typicalSeconds(fs.readFileSync(path.join(ROOT, file), 'utf8')),
  }));

if (values.list) {
  for (const { file, seconds } of files) console.log(`${file} (typically ${seconds} s)`);
} else {
  process.exitCode = (await runAll()) ? 0 : 1;
}

function longTests() {
  return fs
    .readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.long.test.ts'))
    .map((name) => `test/${name.split(path.sep).join('/')}`);
}

/** Empty without git and in a shallow clone or first commit, where there is nothing to compare with. */
function changedFiles() {
  return git('diff', '--name-only', 'HEAD~1').split('\n').filter(Boolean);
}

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

async function runAll() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'perennial-long-'));
  const results = [];
  const leftOut = [];
  const started = Date.now();
  for (const { file, seconds } of files) {
    if ((Date.now() - started) / 1000 + seconds > minutes * 60) {
      leftOut.push(file);
      continue;
    }
    const jsonFile = path.join(folder, `${results.length}.json`);
    const exitCode = await runJest(file, jsonFile, Math.max(seconds * HANGING_FACTOR, HANGING_SECONDS_MIN));
    results.push(readResult(jsonFile, file, exitCode));
  }
  fs.rmSync(folder, { recursive: true, force: true });
  const total = longOrder.addResults(results);
  if (values.json) fs.writeFileSync(values.json, JSON.stringify(total));
  for (const file of leftOut) console.log(`Left out, because ${minutes} minutes are used up: ${file}`);
  console.log(
    `Long tests: ${results.length} of ${files.length} files, ${total.numPassedTests} passed, ${total.numFailedTests} failed`,
  );
  return total.success;
}

/** In a group of its own, so that what a hanging test has started ends with it. */
function runJest(file, jsonFile, secondsMax) {
  const jest = path.join(ROOT, 'node_modules/jest/bin/jest.js');
  const args = [
    jest,
    '-c',
    'jest.long.config.cjs',
    '--json',
    '--outputFile',
    jsonFile,
    '--runTestsByPath',
    file,
  ];
  return new Promise((resolve) => {
    // stdout is the JSON again: the readable part goes to stderr.
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    });
    const killGroup = () => killQuietly(-child.pid);
    const onSignal = () => {
      killGroup();
      process.exit(130);
    };
    const timer = setTimeout(() => {
      console.error(`${file} still runs after ${secondsMax} s: ended.`);
      killGroup();
    }, secondsMax * 1000);
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      resolve(code);
    });
  });
}

function killQuietly(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** A file that left no result failed as a whole. */
function readResult(jsonFile, file, exitCode) {
  try {
    const result = JSON.parse(fs.readFileSync(jsonFile, 'utf8'));
    return { ...result, success: result.success && exitCode === 0 };
  } catch {
    const message = `no result; jest ended with ${exitCode ?? 'a signal'}`;
    return {
      success: false,
      numTotalTests: 1,
      numFailedTests: 1,
      testResults: [{ name: file, status: 'failed', message }],
    };
  }
}
