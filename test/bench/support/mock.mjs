/** The mock endpoint as a process of its own; the same one for everything that is compared. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { compiled } from './root.mjs';

export async function startMock(latencyMs) {
  const child = spawn(
    process.execPath,
    [
      compiled('infra/models/scripted/mock-endpoint-process.js'),
      '--port',
      '0',
      '--latency',
      String(latencyMs),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = `http://127.0.0.1:${JSON.parse(line).listening}`;
  const control = async (wish) => {
    const answer = await fetch(`${url}/__control`, { method: 'POST', body: JSON.stringify(wish) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`mock endpoint: expected a wish it knows, got ${JSON.stringify(body)}`);
    return body;
  };
  return {
    url: `${url}/v1`,
    pid: child.pid,
    /** Changes what it does from now on. @returns `atMs`, by the clock of its timeline */
    control,
    /** Forgets what it has counted, and draws its faults from the beginning. */
    begin: (faults = {}) => control({ faults, reset: true }),
    stats: async () => (await fetch(`${url}/__stats`)).json(),
    /** With `timeline`. */
    history: async () => (await fetch(`${url}/__stats?timeline=1`)).json(),
    /** What becomes of the next provider batches. */
    batches: (wish) => fetch(`${url}/__batches`, { method: 'POST', body: JSON.stringify(wish) }),
    listBatches: async () => (await fetch(`${url}/__batches`)).json(),
    stop: () => child.stdin.end(),
  };
}

/** Answers a second from the first to the last one. */
export const answersPerSecond = ({ answered, firstAnswerAt, lastAnswerAt }) =>
  (1000 * answered) / (lastAnswerAt - firstAnswerAt);
