/**
 * Stage `prepare`: gold in three splits, what later stages know of it, and what the job will compare. It is the last to
 * open the test rows before `test` does.
 */
import type { Json } from '../../../json';
import { BLOCK_SAMPLES_MAX, BLOCK_SAMPLE_CHARACTERS_MAX } from '../../../story/limits';
import type { TransformContext, TransformResult, TransformStage } from '../../../strategy';
import type { LinesProblem } from '../gold-faults';
import type { GoldSurvey } from '../gold-survey';
import { surveyInputs, testUsedWarning } from '../gold-survey';
import type { ErrorExtrapolationParams } from '../params';
import { settingsOf } from '../settings';
import { comparisonFacts } from './comparisons';
import { crossFit, isRight } from './cross-fit';
import { studentTaskOf } from './examples-of';
import { writeContexts, writeSplits } from './write-splits';
import type { WrittenSplits } from './write-splits';

type Context = TransformContext<ErrorExtrapolationParams>;

const DROP_LINES = 'drop-lines';
/** Facts are small; all warnings stand in `prepare/warnings`. */
const WARNINGS_SHOWN_MAX = 4;
const WARNING_CHARACTERS_MAX = 200;

export const prepare: TransformStage<ErrorExtrapolationParams> = {
  kind: 'transform',
  title: 'Check and split gold, fix the comparisons',
  transform: prepareGold,
};

async function prepareGold(context: Context): Promise<TransformResult> {
  const { params, models, read, seed } = context;
  const survey = await surveyInputs({ params, models, read, seed, headOnly: false, nearDuplicates: true });
  const block = blockFor(context, survey);
  if (block !== undefined) return block;
  const splits = await writeSplits(context, survey);
  const contexts = await writeContexts(context, splits);
  await context.write('numbers', splits.numbers as unknown as Json);
  const warnings = [...(await usedBefore(context, survey)), ...survey.warnings, ...contexts.warnings];
  for (const warning of warnings) await context.write('warnings', warning);
  const accuracy = await writeCrossFit(context, splits);
  const { mine, select, test } = splits.counts;
  return {
    facts: {
      gold: survey.gold.length,
      mine,
      select,
      test,
      contexts: contexts.count,
      evalShingles: splits.evalShingles,
      testFile: survey.test.length > 0,
      ...(survey.testHash === undefined ? {} : { testHash: survey.testHash }),
      dropped: survey.lineProblems.reduce((sum, { count }) => sum + count, 0),
      shares: survey.goldShares.map(round),
      metric: settingsOf(params, { goldShares: survey.goldShares }).metric,
      targetTokensP95: splits.numbers.targetTokensP95,
      ...(accuracy === undefined ? {} : { crossFitAccuracy: round(accuracy) }),
      ...comparisonFacts(params),
      warnings: warnings
        .slice(0, WARNINGS_SHOWN_MAX)
        .map((warning) => warning.slice(0, WARNING_CHARACTERS_MAX)),
    },
  };
}

/** Lines can be left out; what is wrong with the rows as a whole cannot. */
function blockFor(
  context: Context,
  { lineProblems, wholeProblems }: GoldSurvey,
): TransformResult | undefined {
  const [whole] = wholeProblems;
  const lines = lineProblems.reduce((sum, { count }) => sum + count, 0);
  const dropped = lineProblems.some(({ code }) => context.choice(code) === DROP_LINES);
  const samples = [...wholeProblems, ...lineProblems]
    .slice(0, BLOCK_SAMPLES_MAX)
    .map((problem) => sampleOf(problem));
  if (whole !== undefined) {
    const { code, message } = whole;
    const left = lines === 0 ? '' : ` ${lines} lines could not be used.`;
    const advice = `${message}${left} Start a new job with other inputs.`;
    return { facts: {}, block: { code, message: advice, samples, choices: [] } };
  }
  const [first] = lineProblems;
  if (first === undefined || dropped) return undefined;
  const message = `${first.message} ${lines} lines of the inputs cannot be used: go on without them, or start again with better files.`;
  return { facts: {}, block: { code: first.code, message, samples, choices: [DROP_LINES] } };
}

function sampleOf({ code, message, lines, count }: LinesProblem): string {
  const where = lines.length === 0 ? '' : ` (lines ${lines.join(', ')}${count > lines.length ? ' …' : ''})`;
  return `${code}: ${message}${where}`.slice(0, BLOCK_SAMPLE_CHARACTERS_MAX);
}

/** Said where other jobs have looked at the same test rows. */
async function usedBefore({ read }: Context, { testHash }: GoldSurvey): Promise<string[]> {
  if (testHash === undefined) return [];
  const uses = await read.otherJobs({
    stage: 'prepare',
    fact: 'testHash',
    value: testHash,
    finished: 'test',
  });
  const warning = testUsedWarning(uses);
  return warning === undefined ? [] : [warning];
}

/** What gold says of itself: which rows its own students do not believe. Nothing where nobody asks. */
async function writeCrossFit(context: Context, { mineRows }: WrittenSplits): Promise<number | undefined> {
  const { params, seed } = context;
  if (!needsCrossFit(params)) return undefined;
  const task = studentTaskOf(params);
  const { predictions } = crossFit(mineRows, task, seed);
  let right = 0;
  for (const [index, prediction] of predictions.entries()) {
    await context.write('cross-fit', prediction as unknown as Json);
    if (isRight(task, mineRows[index]!, prediction)) right += 1;
  }
  return right / mineRows.length;
}

/** For the noise guard, and to compare a judge with; answers are not judged by students. */
function needsCrossFit(params: ErrorExtrapolationParams): boolean {
  return params.noiseGuard === 'cross-fit' || settingsOf(params).judge !== 'off';
}

function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
