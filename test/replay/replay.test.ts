/** If these fail, a new version breaks the jobs that are running while it is installed. */
import { join } from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { PAYLOAD_BYTES_MAX } from '../../core/story/limits';
import { recordedHistories, replayable } from './histories';

const BUNDLE = join(__dirname, '..', '..', 'lib', 'workers', 'workflow-bundle.js');
const recorded = recordedHistories();

beforeAll(() => {
  // The rejected histories are expected: the core need not tell.
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });
});

async function replay(
  workflow: { workflowBundle: { codePath: string } } | { workflowsPath: string },
): Promise<string[]> {
  const failures: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(workflow, recorded.map(replayable))) {
    if (error) failures.push(workflowId);
  }
  return failures;
}

it('has the paths that matter', () => {
  const names = recorded.map(({ name }) => name).join(' ');
  for (const path of ['happy', 'blocked', 'continued', 'cancelled']) expect(names).toContain(path);
});

it('replays every recorded history', async () => {
  expect(await replay({ workflowBundle: { codePath: BUNDLE } })).toEqual([]);
});

it('rejects workflows that do something else', async () => {
  const failures = await replay({ workflowsPath: join(__dirname, 'changed-workflows.ts') });
  expect(failures.length).toBe(recorded.length);
}, 120_000);

it('keeps every payload small', () => {
  for (const { name, json } of recorded) {
    for (const bytes of payloadSizes(json))
      expect([name, bytes]).toEqual([name, Math.min(bytes, PAYLOAD_BYTES_MAX)]);
  }
});

/** Sizes of all payload data in a history. */
function payloadSizes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  const { data, metadata } = value as { data?: unknown; metadata?: unknown };
  if (typeof data === 'string' && metadata) return [Buffer.from(data, 'base64').length];
  return Object.values(value).flatMap(payloadSizes);
}
