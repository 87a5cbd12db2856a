import { setImmediate as breathe } from 'node:timers/promises';
import type { ChatCall } from '../core/calls';
import { callKey, drawOf, providerSeed } from '../core/call-key';
import { CHUNK_ROWS } from '../core/story/limits';
import { readEnds } from '../infra/database/rows';
import type { StageRow } from '../infra/database/stages';
import type { ActivityDeps } from './deps';
import { type JobContext, stageNamed } from './job-context';
import { JobReader } from './reader';
import { readSources } from './sources';

/** Rows stepped before other work of the process has its turn. */
const ROWS_AT_ONCE = 50;

/** What an open row asks before it has any answer. */
export interface FirstCall {
  readonly position: number;
  readonly role: string;
  readonly key: string;
  readonly request: ChatCall;
  readonly seed: number | undefined;
}

/** First chat calls of the open rows [from, to) of a plan, in the order of their rows; pure in plan and prompts. */
export async function* firstCalls(
  deps: ActivityDeps,
  job: JobContext,
  { stage: name, plan, manifest }: Pick<StageRow, 'stage' | 'plan' | 'manifest'>,
  from: number,
  to: number,
): AsyncIterable<FirstCall> {
  const stage = stageNamed(job, name, 'rows');
  const read = new JobReader(deps, job);
  const at = { tenant: job.tenant, job: job.id, stage: name, plan };
  for (let start = from; start < to;) {
    const end = Math.min(to, start - (start % CHUNK_ROWS) + CHUNK_ROWS);
    const { ended, reopened } = await readEnds(deps.db, at, start, end);
    const rows = await deps.plans.range(manifest!, start, end);
    for (const row of rows) {
      if (row.position % ROWS_AT_ONCE === 0) await breathe();
      // A row that was opened again is asked online: its draw is not the plan's any more.
      if (ended.has(row.position) || reopened.has(row.position)) continue;
      const sources = await readSources(stage, read, row);
      const step = stage.step({ ...job.facts, row, sources, replies: [] });
      if (!('call' in step) || step.call.request.kind !== 'chat') continue;
      const { role, request, redraw } = step.call;
      const draw = drawOf(request, { seed: job.facts.seed, ordinal: row.draw, redraw: redraw ?? 0 });
      const identity = deps.models.identity(job.frozen.models[role]!);
      const key = callKey(job.tenant, identity, request, draw);
      yield { position: row.position, role, key, request, seed: providerSeed(draw) };
    }
    start = end;
  }
}
