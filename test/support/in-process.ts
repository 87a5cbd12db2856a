/** A real Temporal dev server with our workers inside the test's process, so that a test can put a bug into one. */
import { ledgerOn } from '../../infra/database/ledger';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import {
  asActivity,
  type ActivityDeps,
  generatorActivities,
  trainerActivities,
  transformerActivities,
} from '../../activities';
import type { FrozenJob } from '../../core/job-body';
import { STRATEGIES } from '../../core/strategies/registry';
import { workflowTypeOf } from '../../core/story/workflow-type';
import { type JobRef, PAUSE_UPDATE, QUEUES, RESUME_UPDATE, type ResumeInput } from '../../core/story/ports';
import type { Strategy } from '../../core/strategy';
import { PlanReader } from '../../infra/artifacts/plan';
import { openArtifacts } from '../../infra/artifacts/store';
import { type Config, loadConfig } from '../../infra/config';
import { type Database, openDatabase } from '../../infra/database/open-database';
import { writeChoice, writeWish } from '../../infra/database/control';
import { insertFile } from '../../infra/database/files';
import { insertJob, type JobRow, readJob } from '../../infra/database/jobs';
import { createBroker } from '../../infra/models/broker/broker';
import { openModels } from '../../infra/models/registry';
import { settlePorts } from '../../infra/stack/ports';
import { connectWhenHealthy, devServerArguments } from '../../infra/temporal/dev-server';
import { DeviceSlots } from '../../infra/training/device-slots';
import { openStudents } from '../../infra/training/student-directory';
import { openTrainers, type Trainers } from '../../infra/training/trainers';
import { findTemporal } from '../../infra/temporal/find-temporal';
import { prepareNamespace } from '../../infra/temporal/prepare-namespace';
import { until } from './until';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

const TENANT = 'default';
const TRAINER_SLOTS = 2;
const LIB = join(__dirname, '..', '..', 'lib');

export interface InProcessOptions {
  /** Further flags of the dev server. */
  readonly serverFlags?: readonly string[];
  /** Wraps what the activities work with: where a test puts its bug. */
  readonly spoil?: (deps: ActivityDeps) => ActivityDeps;
  /** Wraps what trains. */
  readonly spoilTrainers?: (trainers: Trainers) => Trainers;
  readonly strategies?: readonly Strategy[];
  /** Text of a perennial.config.yaml. */
  readonly config?: string;
  /** Another bundle than the built one: a folder of workflows, compiled on the fly. */
  readonly workflowsPath?: string;
}

export class InProcess {
  readonly #closing: (() => Promise<unknown>)[] = [];
  #workers: Worker[] = [];
  #running: Promise<void>[] = [];
  #strategies: readonly Strategy[] = STRATEGIES;
  client!: Client;
  db!: Database;
  deps!: ActivityDeps;
  #address = '';
  #folder = '';
  #config!: Config;

  static async start(options: InProcessOptions = {}): Promise<InProcess> {
    const stack = new InProcess();
    const folder = await mkdtemp(join(tmpdir(), 'perennial-inprocess-'));
    stack.#closing.push(() => rm(folder, { recursive: true, force: true }));
    stack.#folder = folder;
    await stack.#startServer(folder, options.serverFlags ?? []);
    stack.#strategies = options.strategies ?? STRATEGIES;
    stack.db = await openDatabase(`sqlite:${join(folder, 'ledger.db')}`);
    stack.#closing.push(() => stack.db.destroy());
    const artifacts = openArtifacts(`file:${join(folder, 'artifacts')}`);
    if (options.config !== undefined) await writeFile(join(folder, 'perennial.config.yaml'), options.config);
    const config = loadConfig({ HOME: folder }, folder);
    stack.#config = config;
    stack.deps = {
      db: stack.db,
      ledger: ledgerOn(stack.db),
      worker: 'in-process',
      artifacts,
      plans: new PlanReader(artifacts),
      models: openModels(config, {}, { strategies: stack.#strategies }),
      students: openStudents(config),
      strategyNamed: (name) => stack.#strategies.find((strategy) => strategy.name === name),
    };
    await stack.startWorkers(options);
    return stack;
  }

  async #startServer(folder: string, flags: readonly string[]): Promise<void> {
    const binary = await findTemporal(loadConfig(), { say: () => undefined });
    const free = { host: '127.0.0.1', port: 0, setting: 'any' };
    const { port, uiPort } = await settlePorts({ port: free, uiPort: free });
    const server = { binary, databaseFile: join(folder, 'temporal.db'), port, uiPort, namespace: 'default' };
    const child: ChildProcess = spawn(binary.command, [...devServerArguments(server), ...flags], {
      stdio: 'ignore',
    });
    const gone = once(child, 'exit');
    this.#closing.push(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    this.#address = `127.0.0.1:${port}`;
    const connection: Connection = await connectWhenHealthy(this.#address, () =>
      child.exitCode === null ? undefined : new Error(`the dev server ended with ${child.exitCode}`),
    );
    this.#closing.push(() => connection.close());
    await prepareNamespace(connection, 'default');
    this.client = new Client({ connection });
  }

  async startWorkers({
    spoil = (deps) => deps,
    spoilTrainers = (trainers) => trainers,
    workflowsPath,
  }: InProcessOptions = {}): Promise<void> {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const connection = await NativeConnection.connect({ address: this.#address });
    const deps = spoil(this.deps);
    const transformer = transformerActivities(deps);
    const trainers = openTrainers(this.#config, {});
    const common = {
      connection,
      maxHeartbeatThrottleInterval: '1 second',
      shutdownForceTime: '5 seconds',
    } as const;
    this.#workers = await Promise.all([
      Worker.create({
        ...common,
        taskQueue: QUEUES.orchestrator,
        ...(workflowsPath === undefined
          ? { workflowBundle: { codePath: join(LIB, 'workers', 'workflow-bundle.js') } }
          : {
              workflowsPath,
              interceptors: { workflowModules: [join(LIB, 'workflows', 'interceptors.js')] },
            }),
      }),
      Worker.create({
        ...common,
        taskQueue: QUEUES.generator,
        activities: generatorActivities(deps, createBroker(deps)),
      }),
      Worker.create({
        ...common,
        taskQueue: QUEUES.transformer,
        activities: {
          planStage: asActivity(transformer.planStage),
          transformStage: asActivity(transformer.transformStage),
          concludeStage: asActivity(transformer.concludeStage),
          publishDataset: asActivity(transformer.publishDataset),
        },
      }),
      Worker.create({
        ...common,
        taskQueue: QUEUES.trainer,
        activities: trainerActivities({
          ...deps,
          trainers: spoilTrainers(trainers),
          slots: new DeviceSlots(TRAINER_SLOTS),
          checkpoints: join(this.#folder, 'checkpoints'),
        }),
        maxConcurrentActivityTaskExecutions: TRAINER_SLOTS,
      }),
    ]);
    this.#running = this.#workers.map((worker) => worker.run());
    this.#running.push(
      Promise.all(this.#running).then(async () => {
        await trainers.close();
        await connection.close();
      }),
    );
  }

  async stopWorkers(): Promise<void> {
    for (const worker of this.#workers) worker.shutdown();
    await Promise.all(this.#running);
  }

  /** Stores a job as the API would, and starts its workflow. */
  async submit(
    id: string,
    job: Partial<FrozenJob> & { strategy: string },
    rows: readonly object[],
  ): Promise<void> {
    const { sha256, bytes } = await this.deps.artifacts.write(rows.map((row) => `${JSON.stringify(row)}\n`));
    await insertFile(this.db, {
      tenant: TENANT,
      id: `file-${id}`,
      name: 'rows.jsonl',
      sha256,
      bytes,
      at: Date.now(),
    });
    const strategy = this.#strategies.find(({ name }) => name === job.strategy)!;
    const role = Object.keys(strategy.inputs)[0]!;
    const frozen: FrozenJob = {
      strategyVersion: strategy.version,
      params: {},
      prompts: {},
      inputs: { [role]: [`file-${id}`] },
      models: { generator: 'scripted/scripted-1' },
      seed: 1,
      estimate: { calls: { low: 0, high: 0 } },
      tags: {},
      ...job,
    };
    await insertJob(this.db, { tenant: TENANT, id, frozen, concurrency: 64 });
    await this.#startRun(id, job.strategy);
  }

  /** Ends the job's run and starts a new one, as after an incompatible change of its story. */
  async startAgain(id: string, strategy: string): Promise<void> {
    await this.client.workflow.getHandle(id).terminate();
    await this.#startRun(id, strategy);
  }

  async #startRun(id: string, strategy: string): Promise<void> {
    const ref: JobRef = { jobId: id };
    await this.client.workflow.start(workflowTypeOf(strategy), {
      workflowId: id,
      taskQueue: QUEUES.orchestrator,
      args: [ref],
    });
  }

  async resume(id: string, input: ResumeInput = {}): Promise<void> {
    await this.client.workflow.getHandle(id).executeUpdate(RESUME_UPDATE, { args: [input] });
  }

  /** Pauses as the API does: written down first, then told. */
  async pause(id: string): Promise<void> {
    await writeWish(this.db, TENANT, id, { paused: true }, 'test');
    await this.client.workflow.getHandle(id).executeUpdate(PAUSE_UPDATE);
  }

  async unpause(id: string): Promise<void> {
    await writeWish(this.db, TENANT, id, { paused: false }, 'test');
    await this.resume(id);
  }

  /** Answers a block as the API does: written down first, then told. */
  async choose(id: string, stage: string, code: string, choice: string): Promise<void> {
    await writeChoice(this.db, TENANT, id, stage, code, choice, 'test');
    await this.resume(id, { choice });
  }

  job(id: string): Promise<JobRow> {
    return readJob(this.db, TENANT, id);
  }

  waitFor(id: string, state: string, timeoutMs = 60_000): Promise<JobRow> {
    return until(
      async () => {
        const job = await this.job(id);
        return job.state === state ? job : undefined;
      },
      { what: `job ${id} to be ${state}`, timeoutMs },
    );
  }

  /** Histories of a job's workflow and of every child run, oldest first. */
  async histories(id: string): Promise<{ workflowId: string; runId: string; history: History }[]> {
    const found: { workflowId: string; runId: string; history: History }[] = [];
    const query = `WorkflowId STARTS_WITH "${id}"`;
    for await (const { workflowId, runId } of this.client.workflow.list({ query })) {
      found.push({ workflowId, runId, history: await this.history(workflowId, runId) });
    }
    return found;
  }

  history(workflowId: string, runId?: string): Promise<History> {
    return this.client.workflow.getHandle(workflowId, runId).fetchHistory();
  }

  async stop(): Promise<void> {
    await this.stopWorkers();
    for (const close of this.#closing.reverse()) await close();
  }
}
