import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { Problem } from '../core/problem';
import {
  FAIL_UPDATE,
  type JobRef,
  PAUSE_UPDATE,
  QUEUES,
  RESUME_UPDATE,
  type ResumeInput,
} from '../core/story/ports';
import { workflowTypeOf } from '../core/story/workflow-type';
import type { Delivery, JobWorkflows, WorkflowStart, WorkflowView } from './job-workflows';

/** A caller of the API waits at most this long for Temporal. */
const CALL_MS = 4_000;
/** How often a resume is offered to a run that is closing, before it counts as refused. */
const RESUME_TRIES_MAX = 20;
const RESUME_AGAIN_MS = 100;

const STATUSES: Readonly<Record<string, WorkflowView['status']>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
};

/** @param connect is called when it is needed first, and again after it has failed: Temporal may come later. */
export function createTemporalWorkflows(
  connect: () => Promise<Client>,
): JobWorkflows & { close(): Promise<void> } {
  const connection = connectLazily(connect);

  /** One call with a deadline; what Temporal's absence throws becomes a Problem. */
  async function ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    const client = await connection.client();
    try {
      return await client.withDeadline(Date.now() + CALL_MS, () => question(client));
    } catch (error) {
      throw isAway(error) ? away(error) : error;
    }
  }

  async function update(jobId: string, name: string): Promise<Delivery> {
    try {
      await ask((client) => client.workflow.getHandle(jobId).executeUpdate(name, { args: [] }));
      return 'done';
    } catch (error) {
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'pending';
      if (error instanceof WorkflowNotFoundError) return 'gone';
      if (error instanceof WorkflowUpdateFailedError) return 'done'; // the workflow ended before it could answer
      throw error;
    }
  }

  return {
    async start(job) {
      try {
        await ask((client) =>
          client.workflow.start(workflowTypeOf(job.strategy), {
            ...startOptions(job),
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    pause: (jobId) => update(jobId, PAUSE_UPDATE),
    fail: (jobId) => update(jobId, FAIL_UPDATE),
    resume: (job, input) => resumeWorkflow(ask, job, input),
    async cancel(jobId) {
      try {
        await ask((client) => client.workflow.getHandle(jobId).cancel());
        return 'done';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'gone';
        throw error;
      }
    },
    async describe(jobId) {
      try {
        const { raw, status } = await ask((client) => client.workflow.getHandle(jobId).describe());
        return {
          status: STATUSES[status.name] ?? 'other',
          taskAttempt: raw.pendingWorkflowTask?.attempt ?? 0,
        };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { status: 'not-found', taskAttempt: 0 };
        throw error;
      }
    },
    async ping() {
      await ask((client) => client.workflowService.getSystemInfo({}));
    },
    close: connection.close,
  };
}

type Ask = <T>(question: (client: Client) => Promise<T>) => Promise<T>;

/** Update-with-Start: delivers to the run there is, or starts one when the last one did not complete. */
async function resumeWorkflow(
  ask: Ask,
  job: WorkflowStart,
  input: ResumeInput,
): Promise<'done' | 'pending' | 'completed'> {
  const operation = () =>
    new WithStartWorkflowOperation(workflowTypeOf(job.strategy), {
      ...startOptions(job),
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
  for (let tries = 1; ; tries += 1) {
    try {
      // An update id that a closed run has answered returns the old answer and starts nothing: a new one each time.
      const options = {
        args: [input] as [ResumeInput],
        updateId: randomUUID(),
        startWorkflowOperation: operation(),
      };
      await ask((client) => client.workflow.executeUpdateWithStart(RESUME_UPDATE, options));
      return 'done';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'completed';
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'pending';
      // The run is closing: it refuses, or ends before it answers. The next try gets a new run.
      if (!isClosing(error) || tries >= RESUME_TRIES_MAX) throw error;
      await delay(RESUME_AGAIN_MS);
    }
  }
}

function isClosing(error: unknown): boolean {
  return error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError;
}

function startOptions({ jobId, tenant, strategy, model }: WorkflowStart) {
  const ref: JobRef = { jobId };
  return {
    workflowId: jobId,
    taskQueue: QUEUES.orchestrator,
    args: [ref] as [JobRef],
    staticSummary: `tenant ${tenant} · ${strategy} · ${model}`,
  };
}

function connectLazily(connect: () => Promise<Client>) {
  let connecting: Promise<Client> | undefined;
  const client = async (): Promise<Client> => {
    connecting ??= connect();
    const mine = connecting;
    mine.catch(() => {
      if (connecting === mine) connecting = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(away(new Error('no answer yet'))), CALL_MS);
    });
    try {
      return await Promise.race([mine, late]);
    } finally {
      clearTimeout(timer);
    }
  };
  const close = async (): Promise<void> => {
    const open = await connecting?.catch(() => undefined);
    await open?.connection.close();
  };
  return { client, close };
}

/** gRPC codes of a server that is away or too slow. */
const AWAY_CODES: readonly number[] = [1, 4, 14];

function isAway(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return false;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && AWAY_CODES.includes(cause.code);
}

function away(error: unknown): Problem {
  const why = error instanceof Error ? error.message : String(error);
  return new Problem(
    'temporal-unavailable',
    `Temporal does not answer (${why}). What was wished for is stored; try again when it is back (GET /readyz tells).`,
  );
}
