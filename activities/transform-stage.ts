import type { Json } from '../core/json';
import type { Activities } from '../core/story/ports';
import { NO_ROWS } from '../core/story/vocabulary';
import { CollectionWriter } from '../infra/artifacts/collection';
import { readChoices } from '../infra/database/control';
import { appendEvent } from '../infra/database/events';
import { findStage, insertStage } from '../infra/database/stages';
import type { ActivityDeps } from './deps';
import { loadJob, transformStageOf } from './job-context';
import { JobReader, recordCollection } from './reader';

/** Runs a pure transform over whole streams, once; its collections are recorded before the stage is. */
export function transformStage(deps: ActivityDeps): Activities['transformStage'] {
  return async ({ jobId, stage }) => {
    const job = await loadJob(deps, jobId);
    const key = { tenant: job.tenant, job: job.id, stage, plan: 0 };
    const done = await findStage(deps.db, key);
    if (done) return { ...NO_ROWS, facts: JSON.parse(done.facts) as Record<string, unknown> };
    const choices = await readChoices(deps.db, job.tenant, job.id, stage);
    const writers = new Map<string, CollectionWriter>();
    const writerOf = (name: string): CollectionWriter => {
      const writer = writers.get(name) ?? new CollectionWriter(deps.artifacts);
      writers.set(name, writer);
      return writer;
    };
    const context = {
      ...job.facts,
      read: new JobReader(deps, job),
      write: (name: string, item: Json) => writerOf(name).append(item),
      choice: (code: string) => choices[code],
    };
    try {
      const { facts, block } = await transformStageOf(job, stage).transform(context);
      if (block) return { ...NO_ROWS, facts, block };
      for (const [name, writer] of writers) await recordCollection(deps, job, `${stage}/${name}`, writer);
      writers.clear();
      await insertStage(deps.db, key, {
        kind: 'transform',
        version: job.version,
        planned: 0,
        facts,
        finished: true,
      });
      await appendEvent(deps.db, { tenant: job.tenant, job: job.id, kind: 'stage', data: { stage, facts } });
      return { ...NO_ROWS, facts };
    } finally {
      for (const writer of writers.values()) await writer.abandon();
    }
  };
}
