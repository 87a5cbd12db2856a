import type { Activities, StageResult } from '../core/story/ports';
import { NO_ROWS } from '../core/story/vocabulary';
import { readChoices } from '../infra/database/control';
import { appendEvent } from '../infra/database/events';
import { countsOf, findStage, insertStage } from '../infra/database/stages';
import { standingChoice } from './choices';
import { DeclaredRows } from './declared-rows';
import type { ActivityDeps } from './deps';
import { loadJob, stageNamed } from './job-context';
import { JobReader } from './reader';
import { StageCollections } from './stage-collections';

/**
 * Runs a pure transform over whole streams, once; its collections are recorded before the stage is. Rows that it
 * declares are its plan, and each gets its outcome: of a crash in between the next attempt makes a whole.
 */
export function transformStage(deps: ActivityDeps): Activities['transformStage'] {
  return async ({ jobId, stage }) => {
    const job = await loadJob(deps, jobId);
    const key = { tenant: job.tenant, job: job.id, stage, plan: 0 };
    const choices = await readChoices(deps.db, job.tenant, job.id, stage);
    const choice = standingChoice(choices);
    const resultOf = (result: Omit<StageResult, 'choice'>): StageResult => ({
      ...result,
      ...(choice === undefined ? {} : { choice }),
    });
    const done = await findStage(deps.db, key);
    if (done?.state === 'finished')
      return resultOf({ ...countsOf(done), facts: JSON.parse(done.facts) as Record<string, unknown> });
    const collections = new StageCollections(deps, job, stage);
    const rows = new DeclaredRows(deps, key);
    try {
      const { facts, block } = await stageNamed(job, stage, 'transform').transform({
        ...job.facts,
        read: new JobReader(deps, job),
        write: collections.write,
        choice: (code) => choices[code],
        row: rows.declare,
      });
      if (block) return { ...NO_ROWS, facts, block };
      await collections.record();
      const counts = rows.none ? NO_ROWS : await rows.record(job.version, facts);
      if (rows.none)
        await insertStage(deps.db, key, {
          ...{ kind: 'transform', version: job.version, planned: 0 },
          ...{ facts, finished: true },
        });
      await appendEvent(deps.db, {
        ...{ tenant: job.tenant, job: job.id, kind: 'stage' },
        data: { stage, ...(rows.none ? {} : counts), facts },
      });
      return resultOf({ ...counts, facts });
    } finally {
      await collections.abandon();
      await rows.remove();
    }
  };
}
