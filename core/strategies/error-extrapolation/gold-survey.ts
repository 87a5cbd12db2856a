/**
 * Reads all inputs once and says what is wrong with them, before anything is spent: over the heads of files at POST, over
 * whole files and for near-duplicates in `prepare`. It keeps ids, groups and hashes of rows, never their texts.
 */
import type { ModelFacts } from '../../calls';
import { sha256 } from '../../hash';
import type { Reader } from '../../strategy';
import { estimateTokens } from '../../text/tokens';
import { readContexts, readGold } from './gold';
import type { ContextRow, LabelledRole } from './gold';
import { CONTEXT_ROWS_MAX, GOLD_ROWS_MAX, countProblems, countWarnings, labelCounts } from './gold-counts';
import type { LineFault, LinesProblem } from './gold-faults';
import { FaultBook, wholeProblem } from './gold-faults';
import { GoldIndex } from './gold-index';
import type { SurveyedRow } from './gold-index';
import type { ErrorExtrapolationParams } from './params';
import { USER_CHARACTERS, systemTokens, tokensOf } from './prompt-size';
import type { GoldRow, Texts } from './records';
import { settingsOf } from './settings';
import type { SplitShares } from './settings';

export const INPUT_BYTES_MAX = 1024 ** 3;
const GIB = 1024 ** 3;
/** A message says "about" so many. */
const TOKENS_ROUNDED_TO = 100;
/** Arms that send test rows to the model. */
const TEACHER_ARMS = ['teacher-zero-shot', 'teacher-few-shot'] as const;

export interface SurveyContext {
  readonly params: ErrorExtrapolationParams;
  readonly models: Readonly<Record<string, ModelFacts>>;
  readonly read: Pick<Reader, 'input'>;
  readonly seed: number;
  /** Only the head of an input was read: counts over whole files are not known. */
  readonly headOnly: boolean;
  /** Also texts that are only nearly the same. */
  readonly nearDuplicates: boolean;
}

export interface GoldSurvey {
  /** Lines that cannot be used, one problem a code. */
  readonly lineProblems: readonly LinesProblem[];
  /** What is wrong with the rows that are left, as a whole. */
  readonly wholeProblems: readonly LinesProblem[];
  readonly warnings: readonly string[];
  /** Rows that can be used, in the order of the file, in their final groups. */
  readonly gold: readonly SurveyedRow[];
  /** None where the test rows come from gold. */
  readonly test: readonly SurveyedRow[];
  readonly contexts: number;
  readonly split: SplitShares;
  /** Of gold by label, in the task's order. */
  readonly goldShares: readonly number[];
  /** Names the test rows by their content: how often they were used before is counted under it. */
  readonly testHash: string | undefined;
}

export async function surveyInputs(context: SurveyContext): Promise<GoldSurvey> {
  const { params, headOnly, nearDuplicates, seed } = context;
  const faults = new FaultBook();
  const wholes: LinesProblem[] = [];
  const index = new GoldIndex(params.task, nearDuplicates ? params.nearDuplicateMin : undefined);
  const size = new InputSizes(wholes);
  const tooLong = promptLimit(context);
  const repaired: number[] = [];

  const readRole = async (role: LabelledRole): Promise<void> => {
    const isSent = role === 'gold' || params.arms.some((arm) => TEACHER_ARMS.some((one) => one === arm));
    const items = context.read.input(role);
    for await (const row of readGold(items, params.task, role, (line) => repaired.push(line))) {
      const fault = 'code' in row ? row : isSent ? tooLong(row, role) : undefined;
      if (fault !== undefined) faults.add(fault);
      if (!('code' in row) && size.add(role, row, GOLD_ROWS_MAX) && fault === undefined) index.add(role, row);
    }
  };
  await readRole('gold');
  await readRole('test');
  const contexts = await surveyContexts(context, faults, size, tooLong);
  const { gold, test, overlap, twoLabels } = index.conclude();

  const { split } = settingsOf(params, { testFile: index.hasTest });
  const counts = { task: params.task, rows: gold, shares: split, seed };
  if (!headOnly) wholes.push(...countProblems(counts));
  return {
    lineProblems: [...faults.problems(), ...(overlap === undefined ? [] : [overlap])],
    wholeProblems: wholes,
    warnings: [
      ...(headOnly ? [] : countWarnings(counts)),
      ...(twoLabels === undefined ? [] : [twoLabels]),
      ...repairWarning(repaired),
    ],
    gold,
    test,
    contexts,
    split,
    goldShares: Array.from(labelCounts(counts).values(), (count) => count / Math.max(1, gold.length)),
    testHash: test.length === 0 ? undefined : testSetHash(test.map(({ hash }) => hash)),
  };
}

async function surveyContexts(
  { params, read }: SurveyContext,
  faults: FaultBook,
  size: InputSizes,
  tooLong: PromptLimit,
): Promise<number> {
  let contexts = 0;
  for await (const row of readContexts(read.input('contexts'), params.task.kind)) {
    const fault = 'code' in row ? row : tooLong(row, 'contexts');
    if (fault !== undefined) faults.add(fault);
    if ('code' in row) continue;
    size.add('contexts', row, CONTEXT_ROWS_MAX);
    contexts += 1;
  }
  return contexts;
}

type PromptLimit = (row: (GoldRow | ContextRow) & Texts, role: string) => LineFault | undefined;

/** A row whose prompt, with the answer, does not fit into the smaller of the models' contexts. */
function promptLimit({ params, models }: SurveyContext): PromptLimit {
  const around = systemTokens(params) + tokensOf(USER_CHARACTERS) + (params.outputTokensMax ?? 0);
  const limits = [models['generator'], models['judge']].flatMap((model) => model?.contextTokens ?? []);
  const most = Math.min(Infinity, ...limits);
  return (row, role) => {
    const texts = [row.text, row.context, row.target, row.question].filter((text) => text !== undefined);
    const tokens = around + texts.reduce((sum, text) => sum + estimateTokens(text), 0);
    if (tokens <= most) return undefined;
    const about = Math.ceil(tokens / TOKENS_ROUNDED_TO) * TOKENS_ROUNDED_TO;
    const line = `${role === 'gold' ? 'Line' : role === 'test' ? 'Test line' : 'Contexts line'} ${row.line}`;
    const message = `${line}: about ${about.toLocaleString('en')} tokens; the model takes ${most.toLocaleString('en')}.`;
    return { code: 'context-long', line: row.line, message };
  };
}

/** Rows and bytes by input; what is above the limits is said once. */
class InputSizes {
  private readonly sizes = new Map<string, { rows: number; bytes: number }>();

  constructor(private readonly problems: LinesProblem[]) {}

  /** False for a row above the limit. */
  add(role: string, row: Texts, rowsMax: number): boolean {
    const size = this.sizes.get(role) ?? { rows: 0, bytes: 0 };
    this.sizes.set(role, size);
    size.rows += 1;
    const before = size.bytes;
    for (const text of [row.text, row.context, row.target, row.question])
      if (text !== undefined) size.bytes += Buffer.byteLength(text, 'utf8');
    const name = `${role[0]?.toUpperCase()}${role.slice(1)}`;
    if (size.rows === rowsMax + 1) {
      const code = role === 'gold' ? 'gold-count' : 'rows-invalid';
      const most = rowsMax.toLocaleString('en');
      this.problems.push(wholeProblem(code, `${name} has more than ${most} rows; ${most} are allowed.`));
    }
    if (before <= INPUT_BYTES_MAX && size.bytes > INPUT_BYTES_MAX)
      this.problems.push(
        wholeProblem(
          'rows-invalid',
          `${name} has more than ${INPUT_BYTES_MAX / GIB} GiB of text; that is the limit.`,
        ),
      );
    return size.rows <= rowsMax;
  }
}

function repairWarning(lines: readonly number[]): string[] {
  const [first] = lines;
  if (first === undefined) return [];
  return [
    `${lines.length} ${lines.length === 1 ? 'row has an answer whose start was' : 'rows have answers whose starts were'} wrong and could be repaired (first: line ${first}).`,
  ];
}

/** The same rows in another order, or with other ids, are the same test. */
export function testSetHash(rowHashes: readonly string[]): string {
  return sha256([...rowHashes].sort().join('\n'));
}

/** What is to be said where earlier jobs have looked at the same test rows. */
export function testUsedWarning(usesBefore: number): string | undefined {
  if (usesBefore <= 0) return undefined;
  const jobs = usesBefore === 1 ? '1 earlier job' : `${usesBefore} earlier jobs`;
  return `The test rows were used by ${jobs}: choices made after looking at its results make this one's look better than they are.`;
}
