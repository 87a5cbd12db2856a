/** If this fails, the README promises something that no test names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const table = readFileSync(join(ROOT, 'README.md'), 'utf8')
  .split('## What it promises')[1]!
  .split('\n## ')[0]!;
const promises = [...table.matchAll(/^\| ([a-z][^|]*?) +\|/gm)]
  .map((row) => row[1]!)
  .filter((p) => p !== 'promise');
const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(ROOT, 'test', file), 'utf8'));

test('the table of promises is read', () => {
  expect(promises).toHaveLength(7);
});

test.each(promises)('"%s" is named by a test', (promise) => {
  expect(tests.some((text) => text.includes(`[${promise}]`))).toBe(true);
});
