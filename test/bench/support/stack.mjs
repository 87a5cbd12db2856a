/** The whole local stack as a user starts it, in a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { compiled } from './root.mjs';

const POLL_MS = 500;
const ENDED = ['succeeded', 'failed', 'cancelled', 'blocked'];

export async function startStack(mock) {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-'));
  await mkdir(join(folder, '.perennial'));
  await writeFile(join(folder, 'perennial.config.yaml'), config(mock));
  const supervisor = spawn(process.execPath, [compiled('api/cli/main.js'), 'dev', '--no-model', '--json'], {
    cwd: folder,
    env: {
      ...process.env,
      PERENNIAL_API_PORT: '0',
      PERENNIAL_TEMPORAL_PORT: '0',
      PERENNIAL_TEMPORAL_UI_PORT: '0',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = [];
  supervisor.stderr.on('data', (piece) => said.push(String(piece)));
  const gone = once(supervisor, 'exit').then(() => {
    throw new Error(`the stack did not start:\n${said.join('')}`);
  });
  gone.catch(() => undefined); // it ends in order later
  const [line] = await Promise.race([once(createInterface(supervisor.stdout), 'line'), gone]);
  const { api } = JSON.parse(line);
  return {
    pid: supervisor.pid,
    runJob: (body) => runJob(api, body),
    stop: async () => {
      const ended = once(supervisor, 'exit');
      supervisor.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const config = (mock) => `providers:
  mine:
    flavour: openai
    baseUrl: ${mock.url}
    models:
      m: { identity: mock-1, contextTokens: 32000, capabilities: [chat, jsonSchema, seed] }
`;

/** Resolves with the finished job. */
async function runJob(api, body) {
  const answer = await fetch(`${api}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const posted = await answer.json();
  if (!answer.ok)
    throw new Error(`POST /v1/jobs: expected 201, got ${answer.status}: ${JSON.stringify(posted)}`);
  for (;;) {
    const job = await (await fetch(`${api}/v1/jobs/${posted.id}`)).json();
    if (job.state === 'succeeded') return job;
    if (ENDED.includes(job.state)) throw new Error(`the job is ${job.state}: ${JSON.stringify(job.block)}`);
    await delay(POLL_MS);
  }
}
