/**
 * Every file of ours that runs in the workflow sandbox. A change of any of them can break running jobs, so the list is
 * checked in: a new line in it is looked at in review. Write it anew with UPDATE_SURFACE=1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = join(__dirname, '..', '..');
const LIST = join(__dirname, 'determinism-surface.txt');
const FORBIDDEN = ['zod', 'openai', 'fastify', 'kysely', 'undici'];

let sources: string[];
beforeAll(async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', 'index.ts'),
    workflowInterceptorModules: [join(ROOT, 'workflows', 'interceptors.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  const encoded = /sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)/.exec(code)![1]!;
  const map = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as { sources: string[] };
  sources = map.sources.map((source) => source.replace(/^webpack:\/\/[^/]*\//, '').replace(/\?.*$/, ''));
}, 120_000);

it('bundles the files of ours that are on the list, and no others', () => {
  const ours = sources
    .map((source) => (source.startsWith('/') ? relative(ROOT, source) : source.replace(/^\.\//, '')))
    .filter((source) => /\.ts$/.test(source) && !source.includes('node_modules') && !source.startsWith('..'));
  const list = [...new Set(ours)].sort();
  if (process.env['UPDATE_SURFACE'] === '1') writeFileSync(LIST, `${list.join('\n')}\n`);
  expect(list).toEqual(readFileSync(LIST, 'utf8').trim().split('\n'));
  expect(list).toContain('workflows/run-control.ts');
});

it.each(FORBIDDEN)('keeps %s out of the sandbox', (name) => {
  expect(sources.filter((source) => source.includes(`node_modules/${name}/`))).toEqual([]);
});
