/** What the rows of `preflight` say together: facts for the sift, a report by prompt, or a block. */
import type { Json } from '../../../json';
import type { Prediction } from '../../../students/student';
import { BLOCK_SAMPLES_MAX, BLOCK_SAMPLE_CHARACTERS_MAX } from '../../../story/limits';
import type { Block } from '../../../story/vocabulary';
import type { EarlierRow, TransformContext, TransformResult } from '../../../strategy';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow, Variant } from '../records';
import { settingsOf } from '../settings';
import { isRight } from './cross-fit';
import { studentTaskOf } from './examples-of';
import { goldFactsOf } from './gold-facts';
import type { PreflightData } from './preflight-plan';

const PARSED_SHARE_MIN = 0.95;
const AGREED_SHARE_MIN = 0.8;
const CODE = 'preflight';
const ACCEPT = 'accept';
/** The answer is no row at all, whatever might be wrong with its content. */
export const UNPARSED: readonly string[] = [
  'content-filtered',
  'empty',
  'truncated',
  'unparsable',
  'refusal',
  'prompt-leak',
  'form',
];

type Context = TransformContext<ErrorExtrapolationParams>;
type Ended = EarlierRow<PreflightData, { readonly right?: boolean }>;

/** One line of `preflight/prompts`. */
interface PromptLine {
  readonly prompt: Variant;
  readonly label: string;
  tried: number;
  parsed: number;
  judged: number;
  agreed: number;
}

class Tally {
  readonly prompts = new Map<string, PromptLine>();
  /** Ids of the gold rows that were labelled; what was said of them. */
  readonly zero = new Map<string, boolean>();
  readonly samples: string[] = [];

  add({ row, state, reason, record }: Ended): void {
    if (state === 'failed') return; // no answer says nothing about answers
    const { data } = row;
    if (data.kind === 'zero') {
      this.zero.set(data.id, record?.right === true);
      return;
    }
    const { label } = data;
    const prompt = data.write.variant;
    const line = this.prompts.get(`${prompt}/${label}`) ?? {
      prompt,
      label,
      tried: 0,
      parsed: 0,
      judged: 0,
      agreed: 0,
    };
    this.prompts.set(`${prompt}/${label}`, line);
    line.tried += 1;
    if (reason === undefined || !UNPARSED.includes(reason)) line.parsed += 1;
    if (prompt === 'seed' && (state === 'accepted' || reason === 'label-disagrees')) {
      line.judged += 1;
      if (state === 'accepted') line.agreed += 1;
    }
    if (reason !== undefined && this.samples.length < BLOCK_SAMPLES_MAX)
      this.samples.push(`${row.key}: ${reason}`.slice(0, BLOCK_SAMPLE_CHARACTERS_MAX));
  }

  sum(of: 'tried' | 'parsed' | 'judged' | 'agreed'): number {
    return [...this.prompts.values()].reduce((total, line) => total + line[of], 0);
  }
}

export async function concludePreflight(context: Context): Promise<TransformResult> {
  const { read, params } = context;
  const tally = new Tally();
  for await (const row of read.outcomes<PreflightData, { right?: boolean }>('preflight')) tally.add(row);
  for (const line of tally.prompts.values()) await context.write('prompts', { ...line } as Json);
  const judge = settingsOf(params).judge;
  const teacher = shareOf([...tally.zero.values()].filter(Boolean).length, tally.zero.size);
  const students = await crossFitAccuracy(context, tally.zero);
  // A judge that knows less than a student of gold would reject what is right.
  const isWorse =
    judge === 'llm' && params.task.kind !== 'extractive-qa' && (students ?? 0) > (teacher ?? Infinity);
  const parsed = shareOf(tally.sum('parsed'), tally.sum('tried'));
  const agreed = judge === 'llm' ? shareOf(tally.sum('agreed'), tally.sum('judged')) : undefined;
  const faults = faultsOf(parsed, isWorse ? undefined : agreed);
  const warnings = [
    ...(isWorse
      ? [
          `Without examples the judge is right in ${percent(teacher!)} of gold rows, students of gold in ${percent(students!)}: they judge the written rows instead.`,
        ]
      : []),
    ...faults,
  ];
  const facts = {
    judge: isWorse ? 'gold-student' : judge,
    ...rounded({ zeroShot: teacher, crossFit: students, parsed, agreed }),
    warnings,
  };
  const asks = faults.length > 0 && params.preflight === 'block' && context.choice(CODE) !== ACCEPT;
  return asks ? { facts: {}, block: blockOf(faults, tally.samples) } : { facts };
}

/** Of the students that have not seen them, on the rows that the model labelled. */
async function crossFitAccuracy(
  { read, params }: Context,
  zero: ReadonlyMap<string, boolean>,
): Promise<number | undefined> {
  if (zero.size === 0 || (await goldFactsOf(read)).crossFitAccuracy === undefined) return undefined;
  const task = studentTaskOf(params);
  const rows = read.collection<GoldRow>('prepare/mine')[Symbol.asyncIterator]();
  let right = 0;
  for await (const prediction of read.collection<Prediction>('prepare/cross-fit')) {
    const row = await rows.next();
    if (row.done === true || row.value.id !== prediction.id)
      throw new Error(`prepare/cross-fit has ${prediction.id} where prepare/mine has another row`);
    if (zero.has(prediction.id) && isRight(task, row.value, prediction)) right += 1;
  }
  return right / zero.size;
}

function faultsOf(parsed: number | undefined, agreed: number | undefined): string[] {
  return [
    ...(parsed !== undefined && parsed < PARSED_SHARE_MIN
      ? [`${percent(parsed)} of the previews could be read; ${percent(PARSED_SHARE_MIN)} are needed.`]
      : []),
    ...(agreed !== undefined && agreed < AGREED_SHARE_MIN
      ? [
          `The judge agrees with ${percent(agreed)} of the seed previews; ${percent(AGREED_SHARE_MIN)} are needed.`,
        ]
      : []),
  ];
}

function blockOf(faults: readonly string[], samples: readonly string[]): Block {
  const message = `${faults.join(' ')} Look at the rows of this stage; fork the job with another model, prompt or label definitions, or resume with choice "accept" to go on as it is.`;
  return { code: CODE, message, samples, choices: [ACCEPT] };
}

function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

function percent(share: number): string {
  return `${Math.floor(share * 1_000) / 10} %`;
}

function rounded(shares: Readonly<Record<string, number | undefined>>): Record<string, Json> {
  const known = Object.entries(shares).flatMap(([name, share]) =>
    share === undefined ? [] : [[name, Math.round(share * 1e4) / 1e4] as const],
  );
  return Object.fromEntries(known);
}
