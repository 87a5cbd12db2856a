/** The stages up to the first sift, run in memory on made-up gold and answered by a writer that can be told to fail. */
import type { ChatCall, ModelRequest, Reply } from '../../../../../core/calls';
import { hashJson } from '../../../../../core/hash';
import { randomFor } from '../../../../../core/random';
import type { RowsStage, Stage, Strategy } from '../../../../../core/strategy';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import type { ErrorExtrapolationParams } from '../../../../../core/strategies/error-extrapolation/params';
import { placeOf } from '../../../../../core/strategies/error-extrapolation/place';
import { ERROR_EXTRAPOLATION_PROMPTS } from '../../../../../core/strategies/error-extrapolation/prompts';
import { preflight } from '../../../../../core/strategies/error-extrapolation/stages/preflight';
import { prepare } from '../../../../../core/strategies/error-extrapolation/stages/prepare';
import { reasonsStage } from '../../../../../core/strategies/error-extrapolation/stages/reasons';
import { seedStage } from '../../../../../core/strategies/error-extrapolation/stages/seed';
import { siftStage } from '../../../../../core/strategies/error-extrapolation/stages/sift';
import { MemoryRun } from '../../../../support/run-strategy';
import type { RunOptions } from '../../../../support/run-strategy';

type Random = { integer(n: number): number };

const WORDS =
  'amber basin cedar delta ember fable grove haven inlet jetty knoll ledge marsh north orbit plume quarry ridge slope thorn upland vapor willow yonder zephyr'.split(
    ' ',
  );
const CUES: Readonly<Record<string, readonly string[]>> = {
  pos: ['gladly', 'splendid', 'cheer', 'bright'],
  neg: ['sadly', 'dreadful', 'gloom', 'bleak'],
};

export function textOf(label: string, random: Random, length = 12): string {
  const words = Array.from({ length }, () => WORDS[random.integer(WORDS.length)]!);
  words.splice(random.integer(length), 0, CUES[label]![random.integer(4)]!);
  return words.join(' ');
}

export const TEXT_TASK = {
  kind: 'text',
  instruction: 'Say whether a text is glad.',
  labels: [
    { id: 'pos', phrase: 'glad', cases: ['a feast', 'a gift'] },
    { id: 'neg', phrase: 'sad', cases: ['a loss', 'a storm'] },
  ],
} as const;
export const PAIR_TASK = { ...TEXT_TASK, kind: 'pair', instruction: 'Say how the target answers.' } as const;
export const QA_TASK = { kind: 'extractive-qa', instruction: 'Answer from the context.' } as const;

export function textGold(rows: number, seed = 1, prefix = 'g') {
  const random = randomFor(seed, 'gold', prefix);
  return Array.from({ length: rows }, (_, i) => {
    const label = i % 2 === 0 ? 'pos' : 'neg';
    return { id: `${prefix}${i}`, text: textOf(label, random), label };
  });
}

/** Two rows a context. */
export function pairGold(rows: number, seed = 1) {
  const random = randomFor(seed, 'pair-gold');
  return Array.from({ length: rows }, (_, i) => {
    const label = i % 2 === 0 ? 'pos' : 'neg';
    const context = `Page ${Math.floor(i / 2)} tells of the ${WORDS[(i >> 1) % WORDS.length]!} by the sea number ${i >> 1}.`;
    return { id: `p${i}`, context, target: textOf(label, random, 6), label };
  });
}

export function qaGold(rows: number) {
  return Array.from({ length: rows }, (_, i) => {
    const year = String(1500 + i);
    const context = `The tower of ${WORDS[i % WORDS.length]!} ${i} was built in ${year} by masons.`;
    const start = context.indexOf(year);
    return { id: `q${i}`, context, question: `When was tower ${i} built?`, answers: [{ text: year, start }] };
  });
}

export interface Writer {
  /** Instead of a written text; undefined: the usual one. */
  readonly write?: (request: ChatCall, random: Random, label: string) => string | undefined;
  /** What the judge says of a text; default: what its cue tells. */
  readonly judge?: (text: string) => string;
}

/** Answers reasons, writing and judge calls as JSON. */
export function answerAs({ write, judge = labelOfText }: Writer = {}) {
  return (request: ModelRequest, random: Random): Partial<Reply> | string | undefined => {
    if (request.kind !== 'chat') return undefined;
    const user = request.messages.at(-1)!.content;
    if (/\bName \d+ different/u.test(user)) {
      const reasons = Array.from({ length: 10 }, () => `because of ${random.integer(1e6)}`);
      return request.format === undefined ? reasons.join('\n') : JSON.stringify({ reasons });
    }
    const judged = /^(?:Context: .*\n\n)?Which label fits <<<(.*)>>>\?/su.exec(user)?.[1];
    if (judged !== undefined) return JSON.stringify({ label: judge(judged) });
    if (/<<<[^>]*>>> from the context/u.test(user)) {
      const year = /built in (\d+)/u.exec(user)?.[1] ?? '';
      return JSON.stringify({ answer: year });
    }
    const label = /\b(?:is|definitely) sad\b/u.test(user) ? 'neg' : 'pos';
    const text = write?.(request, random, label) ?? usualText(user, random, label);
    return request.format === undefined ? text : JSON.stringify({ text });
  };
}

function usualText(user: string, random: Random, label: string): string {
  if (user.includes('question')) return `When rose number ${random.integer(1e9)}?`;
  const words = Number(/About (\d+) words/u.exec(user)?.[1] ?? 13);
  return textOf(label, random, words - 1);
}

export function labelOfText(text: string): string {
  return CUES['neg']!.some((cue) => text.includes(cue)) ? 'neg' : 'pos';
}

const STEPS: Readonly<Record<string, (place: NonNullable<ReturnType<typeof placeOf>>) => unknown>> = {
  reasons: reasonsStage,
  seed: seedStage,
  sift: siftStage,
};

/** The strategy as far as these stages go; a test may add stages of its own, such as written rows or a gate's counts. */
export function strategyOf(extra: Readonly<Record<string, Stage<ErrorExtrapolationParams>>> = {}): Strategy {
  const stageNamed = (name: string): Stage | undefined => {
    const place = placeOf(name);
    const step = place === undefined ? undefined : STEPS[place.step];
    return step === undefined ? undefined : (step(place!) as Stage);
  };
  const partial = {
    name: 'error-extrapolation',
    params: errorExtrapolationParamsSchema,
    models: { generator: { required: true, description: '', capability: 'chat' } },
    prompts: ERROR_EXTRAPOLATION_PROMPTS,
    stages: { prepare, preflight, ...extra },
    stageNamed,
    scripted: () => undefined,
  };
  return partial as unknown as Strategy;
}

export type Options = Omit<RunOptions, 'story'> & {
  readonly writer?: Writer;
  readonly extra?: Readonly<Record<string, Stage<ErrorExtrapolationParams>>>;
};

/** A run that has prepared its gold. */
export async function prepared({ writer, extra, ...options }: Options): Promise<MemoryRun> {
  const run = new MemoryRun(strategyOf(extra), { answer: answerAs(writer), ...options });
  await run.stage('prepare');
  return run;
}

/** Seed rows and their sift, wave by wave, as the story orders them. */
export async function writeSeed(run: MemoryRun, arm = 'main', waves = 2): Promise<void> {
  // Before preflight, main's reasons are there already.
  if (run.stages[`${arm}/reasons`] === undefined) await run.generate(`${arm}/reasons`);
  for (let plan = 0; plan <= waves; plan += 1) {
    const { planned } = await run.generate(`${arm}/seed`, plan);
    if (planned === 0) return;
    await run.generate(`${arm}/sift-0`, plan);
  }
}

export const SMALL = { seedPerLabel: 20, reasonsPerLabel: 10, topUpWavesMax: 2 } as const;

export function textParams(more: Readonly<Record<string, unknown>> = {}) {
  return { task: TEXT_TASK, ...SMALL, ...more };
}

/** What a ledger knows a call by. */
export function callsOf(run: MemoryRun, stage: string): string[] {
  return run.stages[stage]!.calls.map((call) => hashJson([call.request, call.draw]));
}

export function reasonsOf(run: MemoryRun, stage: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason, state } of run.stages[stage]!.rows) {
    const name = reason ?? state;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A stage whose rows are accepted as they are given: what an earlier stage would have written. */
export function givenRows(
  rows: readonly { readonly key: string; readonly data: unknown; readonly record: unknown }[],
): RowsStage<ErrorExtrapolationParams> {
  return {
    kind: 'rows',
    title: 'Given rows',
    reads: {},
    async *plan({ plan }) {
      await Promise.resolve();
      if (plan === 0)
        for (const { key, data, record } of rows) yield { key, sources: {}, data: { data, record } as never };
    },
    step: ({ row }) => ({
      outcome: { state: 'accepted', record: (row.data as unknown as { record: never }).record },
    }),
  };
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}
