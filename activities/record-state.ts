import type { Activities } from '../core/story/ports';
import { readControl } from '../infra/database/control';
import { changeState, readJobById } from '../infra/database/jobs';
import type { ActivityDeps } from './deps';
import { throwVerdict, verdictOf } from './failures';

/**
 * Makes a run's state visible. A run that was replaced says nothing any more. On a full disk it is tried again until
 * there is space: the Temporal UI says meanwhile what the database cannot.
 */
export function recordState(deps: ActivityDeps): Activities['recordState'] {
  const write = writeState(deps);
  return async (input) => {
    try {
      return await write(input);
    } catch (error) {
      const verdict = verdictOf(error);
      if (verdict.kind === 'block' && verdict.code === 'storage-full')
        throwVerdict({ ...verdict, kind: 'retry' });
      throw error;
    }
  };
}

function writeState(deps: ActivityDeps): Activities['recordState'] {
  return async ({ jobId, epoch, state, stage, block, message }) => {
    const { tenant } = await readJobById(deps.db, jobId);
    const control = await readControl(deps.db, tenant, jobId);
    const paused = control.paused === 1 || control.ending === 1; // a job that is to end sends nothing either
    if (control.epoch !== epoch) return { paused };
    const visible = state === 'paused' && !paused ? 'running' : state; // resumed before the pause took hold
    await changeState(deps.db, tenant, jobId, {
      state: visible,
      ...(stage === undefined ? {} : { stage }),
      ...(block === undefined ? {} : { block }),
      ...(message === undefined ? {} : { problem: message }),
    });
    return { paused };
  };
}
