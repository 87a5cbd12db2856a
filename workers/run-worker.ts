/** What every worker process does: connect, announce itself, run until it is told to stop, drain, leave. */
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { type Config, loadConfig } from '../infra/config';
import { exitWithParent } from '../infra/stack/exit-with-parent';
import { connectNative } from '../infra/temporal/connection';

/** Batches are told at once that the process stops, and have this long to commit what is on its way. */
const SHUTDOWN_FORCE = '30 seconds';
const HEARTBEAT_THROTTLE = '1 second';

export interface WorkerRole {
  readonly name: 'orchestrator' | 'generator' | 'transformer' | 'trainer';
  /** @returns the role's part of the worker's options, and what to close at the end */
  prepare(
    config: Config,
  ): Promise<{ options: Partial<WorkerOptions> & { taskQueue: string }; close?: () => Promise<void> }>;
}

export async function runWorker(role: WorkerRole): Promise<void> {
  process.title = `perennial ${role.name}`;
  exitWithParent();
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const config = loadConfig();
  const { options, close } = await role.prepare(config);
  const connection = await connectNative(config);
  try {
    const worker = await Worker.create({
      connection,
      namespace: config.temporal.namespace,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
      defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
      shutdownGraceTime: 0,
      shutdownForceTime: SHUTDOWN_FORCE,
      ...options,
    });
    await worker.run();
  } finally {
    await connection.close();
    await close?.();
  }
}

/** The last line of a process: its exit code says whether it stopped in order. */
export function main(role: WorkerRole): void {
  runWorker(role).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error);
      process.exit(1);
    },
  );
}
