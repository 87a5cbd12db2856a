import type { Activities } from '../core/story/ports';
import { raiseEpoch, readControl } from '../infra/database/control';
import { changeState, markStarted } from '../infra/database/jobs';
import type { ActivityDeps } from './deps';
import { loadJob } from './job-context';

/** First step of a run: the job is read and checked again, and this run takes it over from any older one. */
export function openJob(deps: ActivityDeps): Activities['openJob'] {
  return async ({ jobId, runId }) => {
    const { tenant, id, frozen, strategy, facts } = await loadJob(deps, jobId);
    const epoch = await raiseEpoch(deps.db, tenant, id, runId);
    const control = await readControl(deps.db, tenant, id);
    await markStarted(deps.db, tenant, id);
    await changeState(deps.db, tenant, id, { state: 'running' });
    return {
      epoch,
      tenant,
      strategy: strategy.name,
      model: Object.values(frozen.models)[0] ?? 'no model',
      facts: strategy.facts(facts.params),
      paused: control.paused === 1,
    };
  };
}
