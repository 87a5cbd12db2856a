import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Breaks every rule of `.dependency-cruiser.cjs` in a small tree, and checks that the rule notices. */

const ROOT = resolve(__dirname, '../..');
const { forbidden } = require(join(ROOT, '.dependency-cruiser.cjs')) as {
  forbidden: readonly { readonly name: string }[];
};

/** A tree in which every import is allowed; types of core are, in a workflow. */
const GOOD: Readonly<Record<string, string>> = {
  'core/hash.ts': `import { createHash } from 'node:crypto'; export const hash = createHash;`,
  'core/params.ts': `import { z } from 'zod'; export const params = z; export interface Params {}`,
  'core/story/limits.ts': `export const limit = 1;`,
  'core/strategies/one/story.ts': `import { limit } from '../../story/limits'; export const one = limit;`,
  'core/strategies/one/index.ts': `import { one } from './story'; import { params } from '../../params'; export default [one, params];`,
  'core/strategies/registry.ts': `import one from './one/index'; export const all = [one];`,
  'workflows/one.ts': `import { proxyActivities } from '@temporalio/workflow'; import type { Params } from '../core/params'; import { one } from '../core/strategies/one/story'; export const run = (p: Params) => [one, p, proxyActivities];`,
  'activities/index.ts': `import { db } from '../infra/db'; import { hash } from '../core/hash'; export const all = [db, hash];`,
  'infra/db.ts': `import fs from 'node:fs'; import { hash } from '../core/hash'; export const db = [fs, hash];`,
  'workflows/two.ts': `import { type Params } from '../core/params'; export type Two = Params;`,
  'workers/main.ts': `import { all } from '../activities/index'; import { db } from '../infra/db'; export const start = [all, db];`,
  'api/app.ts': `import type { run } from '../workflows/one'; import { db } from '../infra/db'; export const app = (r: typeof run) => [r, db];`,
};

/** One file that breaks a rule, by the rule's name. */
const BAD: Readonly<Record<string, readonly [file: string, source: string]>> = {
  'core-never-imports-workflows-activities-infra-workers-api-test': [
    'core/bad-layer.ts',
    `import type { db } from '../infra/db'; export type Db = typeof db;`,
  ],
  'workflows-never-imports-activities-infra-workers-api-test': [
    'workflows/bad-layer.ts',
    `import type { all } from '../activities/index'; export type All = typeof all;`,
  ],
  'activities-never-imports-workflows-workers-api-test': [
    'activities/bad-layer.ts',
    `import type { run } from '../workflows/one'; export type Run = typeof run;`,
  ],
  'infra-never-imports-workflows-activities-workers-api-test': [
    'infra/bad-layer.ts',
    `import type { app } from '../api/app'; export type App = typeof app;`,
  ],
  'workers-never-imports-workflows-api-test': [
    'workers/bad-layer.ts',
    `import { run } from '../workflows/one'; export const r = run;`,
  ],
  'api-never-imports-activities-workers-test': [
    'api/bad-layer.ts',
    `import { start } from '../workers/main'; export const s = start;`,
  ],
  'workflows-see-only-stories-of-core': [
    'workflows/bad-core.ts',
    `import type { Params } from '../core/params'; import { params } from '../core/params'; export const p: Params = params;`,
  ],
  'stories-stay-in-stories': [
    'core/strategies/two/story.ts',
    `import { params } from '../../params'; export const two = params;`,
  ],
  'workflows-use-no-node': ['workflows/bad-node.ts', `import fs from 'node:fs'; export const f = fs;`],
  'core-is-pure': [
    'core/bad-node.ts',
    `import { randomUUID } from 'node:crypto'; export const id = randomUUID;`,
  ],
  'core-hash-uses-crypto-only': [
    'core/hash.ts',
    `import { readFileSync } from 'node:fs'; export const hash = readFileSync;`,
  ],
  'core-knows-no-temporal': [
    'core/bad-package.ts',
    `import { proxyActivities } from '@temporalio/workflow'; export const p = proxyActivities;`,
  ],
  'workers-reach-activities-through-the-index': [
    'workers/bad-door.ts',
    `import { one } from '../activities/one'; export const o = one;`,
  ],
  'api-takes-only-types-of-workflows': [
    'api/bad-workflow.ts',
    `import { run } from '../workflows/one'; export const r = run;`,
  ],
  'strategies-are-strangers': [
    'core/strategies/three/index.ts',
    `import { one } from '../one/story'; export const three = one;`,
  ],
  'no-cycles': [
    'infra/bad-cycle-a.ts',
    `import type { B } from './bad-cycle-b'; export interface A { b: B }`,
  ],
  'nothing-unresolved': ['infra/bad-path.ts', `import { gone } from './gone'; export const g = gone;`],
  'product-uses-no-dev-dependencies': [
    'infra/bad-dev.ts',
    `import fc from 'fast-check'; export const f = fc;`,
  ],
};

const EXTRA: Readonly<Record<string, string>> = {
  'activities/one.ts': `export const one = 1;`,
  'infra/bad-cycle-b.ts': `import type { A } from './bad-cycle-a'; export interface B { a: A }`,
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-imports-'));
  cpSync(join(ROOT, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'));
  const packages = {
    dependencies: { zod: '4', '@temporalio/workflow': '1' },
    devDependencies: { 'fast-check': '4' },
  };
  write('package.json', JSON.stringify({ name: 'tree', ...packages }));
  write('tsconfig.json', JSON.stringify({ compilerOptions: { target: 'es2022', module: 'commonjs' } }));
  for (const name of ['zod', '@temporalio/workflow', 'fast-check']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};');
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

/** `rule file` of every violation. */
function violations(files: Readonly<Record<string, string>>): string[] {
  for (const [file, source] of Object.entries(files)) write(file, source);
  const folders = ['core', 'workflows', 'activities', 'infra', 'workers', 'api'];
  const cli = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cli, ...folders, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const { summary } = JSON.parse(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  return summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
}

test('a tree that follows the table has no violation', () => {
  expect(violations(GOOD)).toEqual([]);
});

test('every rule notices the import it forbids', () => {
  const found = violations({ ...GOOD, ...EXTRA, ...Object.fromEntries(Object.values(BAD)) });
  expect(Object.keys(BAD).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  for (const [rule, [file]] of Object.entries(BAD)) expect(found).toContain(`${rule} ${file}`);
});
