import type { Activities, OpenJobResult } from '../core/story/ports';
import { raiseEpoch, readControl } from '../infra/database/control';
import { changeState, markStarted, readJobById } from '../infra/database/jobs';
import type { ActivityDeps } from './deps';
import { verdictOf } from './failures';
import { loadJob } from './job-context';

/**
 * First step of a run: the run takes the job over from any older one, then the job is read and checked again. What a
 * person can repair (a model that is no longer configured, for instance) is a block, not the end of the run.
 */
export function openJob(deps: ActivityDeps): Activities['openJob'] {
  return async ({ jobId, runId }) => {
    const { tenant, strategy, model } = await readJobById(deps.db, jobId);
    const epoch = await raiseEpoch(deps.db, tenant, jobId, runId);
    const control = await readControl(deps.db, tenant, jobId);
    const opened = { epoch, tenant, strategy, model, paused: control.paused === 1 || control.ending === 1 };
    await markStarted(deps.db, tenant, jobId);
    await changeState(deps.db, tenant, jobId, { state: 'running' });
    return { ...opened, ...(await checked(deps, jobId)) };
  };
}

async function checked(
  deps: ActivityDeps,
  jobId: string,
): Promise<Pick<OpenJobResult, 'facts' | 'mode' | 'block'>> {
  try {
    const job = await loadJob(deps, jobId);
    const facts = job.strategy.facts(job.facts.params);
    return job.frozen.mode === 'batch' ? { facts, mode: 'batch' } : { facts };
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict.kind === 'retry') throw error;
    return {
      facts: {},
      block: { code: verdict.code, message: verdict.message, samples: [], choices: ['retry'] },
    };
  }
}
