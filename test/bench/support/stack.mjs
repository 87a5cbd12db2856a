/** The whole local stack as a user starts it, in a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { atExit } from './at-exit.mjs';
import { compiled } from './root.mjs';

const POLL_MS = 250;
/** Longer than the stack gives its own processes to drain. */
const STOP_MS = 45_000;
const ENDED = ['succeeded', 'failed', 'cancelled', 'blocked'];
/** Providers of the same endpoint that nobody has called yet: what was learned about one is not known of the next. */
const FRESH_PROVIDERS = 120;
export const PRICES = { inputUsdPerMillion: 0.5, outputUsdPerMillion: 2 };

/**
 * @param options.generators processes that make calls, 1 unless said
 * @param options.batch limits of the batch endpoint of a further provider, `batched`
 */
export async function startStack(mock, { generators = 1, batch } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  await mkdir(join(folder, '.perennial'));
  await writeFile(join(folder, 'perennial.config.yaml'), config(mock, batch));
  const supervisor = spawn(process.execPath, [compiled('api/cli/main.js'), 'dev', '--no-model', '--json'], {
    cwd: folder,
    env: {
      ...process.env,
      PERENNIAL_API_PORT: '0',
      PERENNIAL_TEMPORAL_PORT: '0',
      PERENNIAL_TEMPORAL_UI_PORT: '0',
      PERENNIAL_GENERATORS: String(generators),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stopping = stopper(supervisor, folder);
  const said = [];
  supervisor.stderr.on('data', (piece) => said.push(String(piece)));
  const gone = once(supervisor, 'exit').then(() => {
    throw new Error(`the stack has ended:\n${said.slice(-20).join('')}`);
  });
  gone.catch(() => undefined); // it ends in order later
  try {
    const [line] = await Promise.race([once(createInterface(supervisor.stdout), 'line'), gone]);
    const addresses = JSON.parse(line);
    const extra = startMoreGenerators(folder, addresses, generators);
    return stackOf({ folder, supervisor, addresses, gone, stop: () => stopping(extra) });
  } catch (error) {
    await stopping([]);
    throw error;
  }
}

function stackOf({ folder, supervisor, addresses, gone, stop }) {
  let fresh = 0;
  const call = (path, options) => Promise.race([callApi(`${addresses.api}/v1${path}`, options), gone]);
  const send = (path, body, method = 'POST') =>
    call(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const job = (id) => call(`/jobs/${id}`);
  const waitFor = (id, states, deadlineMs) => waitForJob({ job, id, states, deadlineMs });
  const cancel = async (id) => {
    await send(`/jobs/${id}/cancel`, {});
    return waitFor(id, ['cancelled', 'succeeded', 'failed'], STOP_MS);
  };
  return {
    pid: supervisor.pid,
    folder,
    job,
    cancel,
    stop,
    waitFor,
    submit: async (body) => (await send('/jobs', body)).id,
    patch: (id, wish) => send(`/jobs/${id}`, wish, 'PATCH'),
    /** A model of a provider that has never been called. */
    freshModel: () => {
      fresh += 1;
      if (fresh > FRESH_PROVIDERS)
        throw new Error(`expected at most ${FRESH_PROVIDERS} fresh providers in one stack, got one more`);
      return `fresh-${fresh}/m`;
    },
    /** Resolves with the finished job; one that is late is cancelled, so that the next step has the machine. */
    runJob: async (body, deadlineMs, { mayBeLate = false } = {}) => {
      const { id } = await send('/jobs', body);
      try {
        return await waitFor(id, ['succeeded'], deadlineMs);
      } catch (error) {
        const cancelled = await cancel(id).catch(() => undefined);
        if (mayBeLate && cancelled && error instanceof LateJob) return cancelled;
        throw error;
      }
    },
    /** `kill -9`; the supervisor starts it again. */
    kill: (name) => process.kill(pidsOf(folder)[name], 'SIGKILL'),
    openLedger: () => openLedger(folder),
  };
}

function pidsOf(folder) {
  const { processes } = JSON.parse(readFileSync(join(folder, '.perennial', 'stack.json'), 'utf8'));
  return Object.fromEntries(processes.map(({ name, pid }) => [name, pid]));
}

/** A stack that does not know how to start as many is helped; they end when their standard input does. */
function startMoreGenerators(folder, { temporal }, wanted) {
  const running = Object.keys(pidsOf(folder)).filter((name) => name.startsWith('generator')).length;
  return Array.from({ length: Math.max(0, wanted - running) }, () =>
    spawn(process.execPath, [compiled('workers/generator.js')], {
      cwd: folder,
      env: { ...process.env, PERENNIAL_SUPERVISED: '1', TEMPORAL_ADDRESS: temporal },
      stdio: ['pipe', 'ignore', 'ignore'],
    }),
  );
}

function stopper(supervisor, folder) {
  let stopped;
  const end = async (extra) => {
    const children = [...extra, supervisor].filter((child) => child.exitCode === null && !child.signalCode);
    const ended = Promise.all(children.map((child) => once(child, 'exit')));
    for (const child of children) {
      if (child === supervisor) child.kill('SIGTERM');
      else child.stdin.end();
    }
    const late = await Promise.race([ended.then(() => false), delay(STOP_MS, true, { ref: false })]);
    if (late) for (const child of children) child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const stop = (extra = []) => (stopped ??= end(extra).finally(forget));
  const forget = atExit(stop);
  return stop;
}

function config(mock, batch) {
  const names = ['mine', ...Array.from({ length: FRESH_PROVIDERS }, (_, at) => `fresh-${at + 1}`)];
  const provider = (name, more = []) => {
    const capabilities = ['chat', 'jsonSchema', 'seed', ...more];
    const model = { identity: `${name}/m`, contextTokens: 32_000, capabilities, prices: PRICES };
    return { flavour: 'openai', baseUrl: mock.url, models: { m: model } };
  };
  const providers = Object.fromEntries(names.map((name) => [name, provider(name)]));
  if (batch) providers.batched = { ...provider('batched', ['batch']), batch };
  return JSON.stringify({ providers }); // JSON is YAML
}

async function callApi(url, options) {
  const answer = await fetch(url, options);
  const body = await answer.json();
  if (answer.ok) return body;
  const method = options?.method ?? 'GET';
  throw new Error(`${method} ${new URL(url).pathname}: got ${answer.status}: ${JSON.stringify(body)}`);
}

class LateJob extends Error {}

async function waitForJob({ job, id, states, deadlineMs }) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const seen = await job(id);
    if (states.includes(seen.state)) return seen;
    if (ENDED.includes(seen.state))
      throw new Error(
        `job: expected ${states.join(' or ')}, got ${seen.state} ${JSON.stringify(seen.block ?? seen.problem ?? '')}`,
      );
    if (performance.now() > end)
      throw new LateJob(
        `job: expected ${states.join(' or ')} within ${deadlineMs / 1000} s, got ${seen.state} with ${JSON.stringify(seen.rows)}`,
      );
    await delay(POLL_MS);
  }
}

/** The ledger beside the workers that write it. */
async function openLedger(folder) {
  const { openDatabase } = createRequire(import.meta.url)(compiled('infra/database/open-database.js'));
  const db = await openDatabase(`sqlite:${join(folder, '.perennial', 'perennial.db')}`);
  return {
    committedCalls: async (jobId) => {
      const row = await db
        .selectFrom('call')
        .select((e) => e.fn.countAll().as('calls'))
        .where('job', '=', jobId)
        .where('state', '=', 'answered')
        .executeTakeFirstOrThrow();
      return Number(row.calls);
    },
    close: () => db.destroy(),
  };
}
