import { z } from 'zod';
import { Problem } from '../../../core/problem';

const MEASURED_TOKENS = 48;
const MEASUREMENTS = 2;
const MEASURE_TIMEOUT_MS = 180_000;
/** What generation may take, apart from starting and reporting. */
const GENERATE_SECONDS = 240;
/** Output of one call, and the reading of its prompt counted as output: 170 were measured. */
const TOKENS_PER_CALL = 180;
/** Of which about half become records: enough to look at, and some of each document. */
export const CALLS_MIN = 16;
export const CALLS_MAX = 40;
export const CALLS_SHORT = 8;
/** The preset's windows, a little short of full. */
const WINDOW_CHARACTERS = 850;
const CHARACTERS_MAX = 6_000;

export interface DemoSize {
  /** Relation calls; the extractions come first and are about half as many. */
  readonly calls: number;
  readonly charactersPerDocument: number;
  readonly minutes: number;
}

/** So much work that a model of this speed needs about five minutes. */
export function sizeDemo(tokensPerSecond: number, documents: number, short: boolean): DemoSize {
  const affordable = (GENERATE_SECONDS * tokensPerSecond) / TOKENS_PER_CALL;
  const wanted = Math.round(affordable * (2 / 3));
  const calls = short ? CALLS_SHORT : Math.min(CALLS_MAX, Math.max(CALLS_MIN, wanted));
  const windows = Math.max(documents, Math.ceil(calls / 2));
  const charactersPerDocument = Math.min(
    CHARACTERS_MAX,
    Math.floor((windows * WINDOW_CHARACTERS) / documents),
  );
  const seconds = ((calls + windows) * TOKENS_PER_CALL) / Math.max(tokensPerSecond, 1);
  return { calls, charactersPerDocument, minutes: Math.max(1, Math.round(seconds / 60)) };
}

const answerSchema = z.object({ usage: z.object({ completion_tokens: z.number() }) });

/** Tokens a second of the embedded model, from short answers after one that warms it up: the best, as workers still start. */
export async function measureModel(baseUrl: string, model: string): Promise<number> {
  await ask(baseUrl, model, 1);
  let best = 0;
  for (let measurement = 0; measurement < MEASUREMENTS; measurement += 1) {
    const start = performance.now();
    const tokens = await ask(baseUrl, model, MEASURED_TOKENS);
    best = Math.max(best, (tokens / (performance.now() - start)) * 1_000);
  }
  return best;
}

async function ask(baseUrl: string, model: string, tokensMax: number): Promise<number> {
  const answer = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'Describe a harbour in winter in three sentences.' }],
      max_tokens: tokensMax,
      temperature: 0.7,
    }),
    signal: AbortSignal.timeout(MEASURE_TIMEOUT_MS),
  });
  if (answer.ok) return answerSchema.parse(await answer.json()).usage.completion_tokens;
  throw new Problem(
    'model-gone',
    `the embedded model at ${baseUrl} answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`,
  );
}
