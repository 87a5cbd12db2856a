/** The local stack: Temporal, the embedded model, workers and the API under one supervisor, in one data folder. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../core/problem';
import { childEnvironment, type Config } from '../config';
import { claimDatabaseFile, connectWhenHealthy, type DevServer } from '../temporal/dev-server';
import { findTemporal } from '../temporal/find-temporal';
import { prepareNamespace } from '../temporal/prepare-namespace';
import { prepareHome, storageProblem } from './home';
import { endLeftovers, readRecord, removeRecord, writeRecord } from './leftovers';
import { tryLock, type Lock } from './lock';
import type { Say } from './make-once';
import { settlePorts } from './ports';
import { prepareModel, type EmbeddedChoice } from './prepare-model';
import {
  modelProcess,
  ownProcesses,
  stackEnvironment,
  temporalProcess,
  type StackAddresses,
} from './stack-processes';
import { supervise, type ProcessSpec, type Supervised } from './supervise';

const TEMPORAL_PORT = 7_233;
const TEMPORAL_UI_PORT = 8_233;
const READY_WITHIN_MS = 120_000;
const READY_POLL_MS = 100;
const READY_PROBE_TIMEOUT_MS = 2_000;
/** Who ends first: nothing new comes in, then work drains, then what it needs goes. */
const STOP_ORDER = ['api', 'worker', 'model', 'temporal'] as const;

export interface StackOptions {
  readonly say: Say;
  readonly embeddedModel: EmbeddedChoice;
  /** What the children inherit; this process's own environment unless said. */
  readonly env?: NodeJS.ProcessEnv;
  /** Replaces workers and API, and Temporal unless its address is configured: for tests. */
  readonly processes?: readonly ProcessSpec[];
}

export interface Stack {
  readonly addresses: StackAddresses;
  /** Live: changes when a process is started again. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  pid(name: string): number | undefined;
  stop(): Promise<void>;
  /** Settles when everything has ended: with an error when the stack gave up, with undefined after `stop`. */
  readonly exited: Promise<Error | undefined>;
}

/** Starts everything and resolves when the API answers that it is ready. Throws a `Problem` that says what is in the way. */
export async function startStack(config: Config, options: StackOptions): Promise<Stack> {
  prepareHome(config.home);
  const lock = takeFolder(config.home);
  try {
    await endLeftovers(config.home, options.say);
    return await startLocked(config, options, lock);
  } catch (error) {
    lock.release();
    throw storageProblem(error, config.home) ?? error;
  }
}

function takeFolder(home: string): Lock {
  const lock = tryLock(join(home, 'lock.db'));
  if (lock !== undefined) return lock;
  const running = readRecord(home);
  const who =
    running === undefined
      ? 'another process, which is starting'
      : `process ${running.supervisor.pid} at ${running.api}`;
  throw new Problem(
    'stack-running',
    `${home}: expected no stack on this folder, got ${who}. Use it, stop it, or set PERENNIAL_HOME to another folder.`,
  );
}

interface Settled {
  readonly addresses: StackAddresses;
  readonly specs: readonly ProcessSpec[];
  readonly env: NodeJS.ProcessEnv;
  readonly namespace: string | undefined;
}

const reachable = (host: string): string => (['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host);

async function settle(config: Config, options: StackOptions): Promise<Settled> {
  const { temporal } = config;
  const ownTemporal = temporal.address === undefined;
  const loopback = '127.0.0.1';
  const ports = await settlePorts({
    api: { ...config.api, setting: 'PERENNIAL_API_PORT' },
    temporal: {
      host: loopback,
      port: ownTemporal ? (temporal.port ?? TEMPORAL_PORT) : 0,
      setting: 'PERENNIAL_TEMPORAL_PORT',
    },
    ui: {
      host: loopback,
      port: ownTemporal ? (temporal.uiPort ?? TEMPORAL_UI_PORT) : 0,
      setting: 'PERENNIAL_TEMPORAL_UI_PORT',
    },
    model: { host: loopback, port: 0, setting: 'PERENNIAL_EMBEDDED_URL' },
  });
  const model = await prepareModel(config, options.embeddedModel, options.say);
  const ui = ownTemporal ? ports.ui : (temporal.uiPort ?? 0);
  const addresses: StackAddresses = {
    api: `http://${reachable(config.api.host)}:${ports.api}`,
    ui: ui === 0 ? '' : `http://${loopback}:${ui}`,
    temporal: temporal.address ?? `${loopback}:${ports.temporal}`,
    ...(model === undefined ? {} : { model: `http://${loopback}:${ports.model}/v1` }),
  };
  const temporalSpecs =
    ownTemporal && options.processes === undefined ? [await temporalSpec(config, ports, options)] : [];
  const own = options.processes ?? ownProcesses(config.generators);
  return {
    addresses,
    specs: [...temporalSpecs, ...(model === undefined ? [] : [modelProcess(model, ports.model)]), ...own],
    env: childEnvironment(stackEnvironment(config, { api: ports.api, ui }, addresses, model), options.env),
    namespace: options.processes === undefined ? temporal.namespace : undefined,
  };
}

async function temporalSpec(
  config: Config,
  ports: { readonly temporal: number; readonly ui: number },
  options: StackOptions,
): Promise<ProcessSpec> {
  const server: DevServer = {
    binary: await findTemporal(config, { say: options.say }),
    databaseFile: join(config.home, 'temporal.db'),
    port: ports.temporal,
    uiPort: ports.ui,
    namespace: config.temporal.namespace,
  };
  claimDatabaseFile(server);
  return temporalProcess(server);
}

async function startLocked(config: Config, options: StackOptions, lock: Lock): Promise<Stack> {
  const { addresses, specs, env, namespace } = await settle(config, options);
  const running: Supervised[] = [];
  let failure: Error | undefined;
  let stopped: Promise<void> | undefined;
  let settleExited: (failure: Error | undefined) => void = () => undefined;
  const exited = new Promise<Error | undefined>((resolve) => (settleExited = resolve));

  const listed = (): { name: string; pid: number }[] =>
    running.flatMap(({ spec, pid }) => {
      const number = pid();
      return number === undefined ? [] : [{ name: spec.name, pid: number }];
    });
  const stop = (): Promise<void> =>
    (stopped ??= stopInOrder(running).finally(() => {
      removeRecord(config.home);
      lock.release();
      settleExited(failure);
    }));
  const start = (spec: ProcessSpec): void => {
    if (stopped !== undefined) return;
    const onGiveUp = (problem: Problem): void => {
      failure ??= problem;
      void stop();
    };
    const record = (): void => writeRecord(config.home, addresses.api, listed());
    running.push(supervise(spec, { home: config.home, env, say: options.say, onStart: record, onGiveUp }));
    record();
  };

  try {
    for (const spec of specs.filter(({ role }) => role === 'temporal')) start(spec);
    if (namespace !== undefined) await prepareTemporal(addresses.temporal, namespace, () => failure);
    for (const spec of specs.filter(({ role }) => role !== 'temporal')) start(spec);
    await Promise.all(readinessUrls(addresses).map((url) => waitReady(url, config.home, () => failure)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addresses,
    get processes() {
      return listed();
    },
    pid: (name) => listed().find((one) => one.name === name)?.pid,
    stop,
    exited,
  };
}

async function prepareTemporal(
  address: string,
  namespace: string,
  hasFailed: () => Error | undefined,
): Promise<void> {
  const connection = await connectWhenHealthy(address, hasFailed);
  try {
    await prepareNamespace(connection, namespace);
  } finally {
    await connection.close();
  }
}

const readinessUrls = ({ api, model }: StackAddresses): string[] => [
  ...(model === undefined ? [] : [model.replace(/\/v1$/, '/health')]),
  `${api}/readyz`,
];

async function waitReady(url: string, home: string, hasFailed: () => Error | undefined): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (let got = 'no answer'; ; await sleep(READY_POLL_MS)) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(READY_PROBE_TIMEOUT_MS) }).catch(
      () => undefined,
    );
    if (answer?.ok === true) return;
    const failure = hasFailed();
    if (failure !== undefined) throw failure;
    if (answer !== undefined) got = `status ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
    if (performance.now() < deadline) continue;
    throw new Problem(
      'stack-not-ready',
      `${url}: expected status 200 within ${READY_WITHIN_MS / 1000} s, got ${got}. Read the logs in ${join(home, 'logs')}.`,
    );
  }
}

async function stopInOrder(running: readonly Supervised[]): Promise<void> {
  for (const role of STOP_ORDER)
    await Promise.all(running.filter(({ spec }) => spec.role === role).map((one) => one.stop()));
}

/** Ctrl-C and SIGTERM stop the stack in order; a second one does not wait. */
export function stopOnSignals(stack: Pick<Stack, 'stop'>): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      void stack.stop();
    });
  }
}
