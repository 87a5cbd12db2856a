/** Keeps one process alive until it is stopped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Problem } from '../../core/problem';
import { lastLines, openLogFile } from './log-file';
import { compiled } from './package-root';
import { signalGroup } from './process-identity';
import type { Say } from './make-once';

const BACK_OFF_FIRST_MS = 200;
const BACK_OFF_MAX_MS = 10_000;
/** More ends than this within the window are a fault that restarts do not cure. */
const RAPID_ENDS_MAX = 5;
const RAPID_WINDOW_MS = 60_000;
/** A process that has not drained by then is killed. */
const DRAIN_MS = 15_000;
const LOG_LINES_SHOWN = 8;

/** A process to run: one of our scripts, or a foreign program under the guard. */
export interface ProcessSpec {
  readonly name: string;
  /** Decides the order of stopping: API, workers, model, Temporal. */
  readonly role: 'api' | 'worker' | 'model' | 'temporal';
  readonly run:
    | { readonly script: string; readonly args?: readonly string[]; readonly node?: readonly string[] }
    | { readonly program: string; readonly args: readonly string[] };
}

export interface SuperviseOptions {
  readonly home: string;
  /** The children's whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly say: Say;
  /** Called with every new process, so that it can be recorded. */
  readonly onStart: () => void;
  /** Called once, when restarting has been given up. */
  readonly onGiveUp: (problem: Problem) => void;
}

export interface Supervised {
  readonly spec: ProcessSpec;
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** Where the guard writes which process it runs. */
export function guardedPidFile(home: string, name: string): string {
  return join(home, 'run', `${name}.json`);
}

function commandOf(spec: ProcessSpec, home: string): readonly string[] {
  if ('script' in spec.run) return [...(spec.run.node ?? []), spec.run.script, ...(spec.run.args ?? [])];
  return [
    compiled('infra/stack/guard.js'),
    spec.name,
    guardedPidFile(home, spec.name),
    spec.run.program,
    ...spec.run.args,
  ];
}

export function supervise(spec: ProcessSpec, options: SuperviseOptions): Supervised {
  const log = openLogFile(join(options.home, 'logs', `${spec.name}.log`));
  const ends: number[] = [];
  let child: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  let stopping = false;

  const start = (): void => {
    restart = undefined;
    // Each process leads a group of its own: Ctrl-C in a terminal reaches the supervisor only, which drains in order.
    const started = spawn(process.execPath, commandOf(spec, options.home), {
      env: options.env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child = started;
    started.stdin.on('error', () => undefined);
    started.stdout.on('data', log.write);
    started.stderr.on('data', log.write);
    started.once('error', (error) => log.write(`cannot start: ${error.message}\n`));
    started.once('close', (code, signal) => ended(signal ?? `exit code ${code ?? 'unknown'}`));
    options.onStart();
  };

  const ended = (how: string): void => {
    child = undefined;
    if (stopping) return;
    const now = performance.now();
    ends.push(now);
    while ((ends[0] ?? now) < now - RAPID_WINDOW_MS) ends.shift();
    if (ends.length > RAPID_ENDS_MAX) return options.onGiveUp(gaveUp(spec.name, how, log.path));
    const waitMs = Math.min(BACK_OFF_FIRST_MS * 2 ** (ends.length - 1), BACK_OFF_MAX_MS);
    options.say(`${spec.name} ended (${how}); starting it again in ${waitMs / 1000} s. Its log: ${log.path}`);
    restart = setTimeout(start, waitMs);
  };

  start();
  return {
    spec,
    pid: () => child?.pid,
    async stop() {
      stopping = true;
      clearTimeout(restart);
      if (child !== undefined) await drain(child);
      log.close();
    },
  };
}

/** Closes the process's pipe, which it understands as "drain and end"; kills what does not. */
async function drain(child: ChildProcess): Promise<void> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const { pid } = child;
  const kill = setTimeout(() => pid !== undefined && signalGroup(pid, 'SIGKILL'), DRAIN_MS);
  child.stdin?.end();
  await closed;
  clearTimeout(kill);
}

function gaveUp(name: string, how: string, log: string): Problem {
  const tail = lastLines(log, LOG_LINES_SHOWN);
  return new Problem(
    'process-failing',
    `${name} ended ${RAPID_ENDS_MAX + 1} times within ${RAPID_WINDOW_MS / 1000} s, last with ${how}; the stack stops. Expected it to keep running. Read ${log}, which ends with:\n${tail}`,
    name,
  );
}
