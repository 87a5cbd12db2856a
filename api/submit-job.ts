import { ulid } from 'ulid';
import { hashJson } from '../core/hash';
import type { FrozenJob, JobBody } from '../core/job-body';
import { Problem } from '../core/problem';
import { OPEN_JOBS_MAX } from '../core/story/limits';
import { findIdempotent } from '../infra/database/idempotency';
import { countOpenJobs, insertJob, markStarted, type NewJob } from '../infra/database/jobs';
import { type Admission, admitJob } from './admit-job';
import { type ApiContext, TENANT } from './context';
import type { WorkflowStart } from './job-workflows';

export interface Submitted {
  readonly id: string;
  readonly created: boolean;
  /** False while Temporal is away: the sweeper starts the job when it is back. */
  readonly started: boolean;
}

/** Where a body comes from that nobody posted as it is. */
export interface Origin {
  readonly forkedFrom: string;
  /** What was posted: the same key with the same request gives the same job. */
  readonly asked: object;
}

/** Checks, stores and starts a job. The same key with the same body gives the job of the first time. */
export async function submitJob(
  context: ApiContext,
  body: JobBody,
  key: string | undefined,
  origin?: Origin,
): Promise<Submitted> {
  const bodyHash = hashBody(origin?.asked ?? body);
  const earlier = key === undefined ? undefined : await findIdempotent(context.db, TENANT, key);
  // insertJob decides, in its transaction; this look spares the work and still answers when files have gone since.
  if (earlier?.body_hash === bodyHash) return { id: earlier.job, created: false, started: true };
  if (earlier) {
    throw new Problem(
      'conflict',
      `Idempotency-Key "${key}" was used for job ${earlier.job} with another body; use a new key.`,
    );
  }
  const admission = await admitJob(context, body, { budget: true });
  return storeJob(context, admission, {
    ...(key === undefined ? {} : { idempotency: { key, bodyHash } }),
    ...(origin === undefined ? {} : { forkedFrom: origin.forkedFrom }),
  });
}

/** Stores and starts what has been admitted; `more` is frozen with it. */
export async function storeJob(
  context: ApiContext,
  admission: Admission,
  row: Pick<NewJob, 'idempotency' | 'forkedFrom'>,
  more: Partial<FrozenJob> = {},
): Promise<Submitted> {
  if ((await countOpenJobs(context.db, TENANT)) >= OPEN_JOBS_MAX) {
    throw new Problem(
      'too-many',
      `expected fewer than ${OPEN_JOBS_MAX} open jobs, got as many; wait for some to end, or cancel some.`,
    );
  }
  const frozen = { ...(await admission.freeze()), ...more };
  const { id, created } = await insertJob(context.db, {
    tenant: TENANT,
    id: `${frozen.strategy}-${ulid()}`,
    frozen,
    concurrency: admission.concurrency,
    ...row,
  });
  return { id, created, started: created ? await startJob(context, id, frozen) : true };
}

export function hashBody(body: object): string {
  try {
    return hashJson(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem(
      'body-invalid',
      'the body: expected plain parameters and rows, got values nested too deeply.',
    );
  }
}

async function startJob(context: ApiContext, id: string, frozen: FrozenJob): Promise<boolean> {
  try {
    await context.workflows.start(startOf(id, frozen));
  } catch (error) {
    if (error instanceof Problem && error.code === 'temporal-unavailable') return false;
    throw error;
  }
  await markStarted(context.db, TENANT, id);
  return true;
}

export function startOf(jobId: string, frozen: FrozenJob, tenant = TENANT): WorkflowStart {
  return { jobId, tenant, strategy: frozen.strategy, model: Object.values(frozen.models)[0] ?? '' };
}
