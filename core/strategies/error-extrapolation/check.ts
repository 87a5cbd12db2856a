/** Faults that can be told before anything is spent: of the parameters, then of the inputs' heads. */
import { Problem } from '../../problem';
import { PLAN_ROWS_MAX } from '../../story/limits';
import type { Block } from '../../story/vocabulary';
import { BLOCK_SAMPLE_CHARACTERS_MAX, BLOCK_SAMPLES_MAX, MESSAGE_CHARACTERS_MAX } from '../../story/limits';
import type { CheckContext } from '../../strategy';
import { quoted } from './gold-fields';
import type { GoldSurvey } from './gold-survey';
import { surveyInputs } from './gold-survey';
import { normaliseText } from './gold-text';
import type { ErrorExtrapolationParams } from './params';
import { settingsOf } from './settings';

/** Draws of a split hang on the job's seed; whether it can be made at all does not. */
const SEED_AT_POST = 1;
const DROP_LINES = 'drop-lines';

export async function checkErrorExtrapolation(
  context: CheckContext<ErrorExtrapolationParams>,
): Promise<readonly Problem[]> {
  const { params, models, read, headOnly } = context;
  const [hasTest, hasContexts] = [await hasItems(read.input('test')), await hasItems(read.input('contexts'))];
  const early = [...paramProblems(params, { hasTest, hasContexts })];
  if (early.length > 0) return early;
  const inputs = { params, models, read, headOnly, seed: SEED_AT_POST, nearDuplicates: false };
  const { lineProblems, wholeProblems } = await surveyInputs(inputs);
  // Bad lines leave too few good ones: that would only bury what to correct.
  return lineProblems.length > 0 ? lineProblems : wholeProblems;
}

async function hasItems(items: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of items) return true;
  return false;
}

/** Why `prepare` waits for a person, with the code that POST would have refused; undefined where it can go on. */
export function inputBlock(
  { lineProblems, wholeProblems }: Pick<GoldSurvey, 'lineProblems' | 'wholeProblems'>,
  choice: (code: string) => string | undefined,
): Block | undefined {
  // All bad lines go the same way, so that one answer settles them.
  const dropped = lineProblems.some(({ code }) => choice(code) === DROP_LINES);
  const problems = lineProblems.length > 0 && !dropped ? lineProblems : wholeProblems;
  const [first] = problems;
  if (first === undefined) return undefined;
  const others = problems.slice(1).map(({ code, count }) => `${code} ${count}`);
  const lines =
    first.count > 1
      ? ` ${first.count} lines in all: ${first.lines.join(', ')}${first.count > first.lines.length ? ', …' : ''}.`
      : '';
  const more = others.length === 0 ? '' : ` Besides: ${others.join(', ')}.`;
  return {
    code: first.code,
    message: `${first.message}${lines}${more}`.slice(0, MESSAGE_CHARACTERS_MAX),
    samples: problems
      .flatMap(({ samples }) => samples)
      .slice(0, BLOCK_SAMPLES_MAX)
      .map((sample) => sample.slice(0, BLOCK_SAMPLE_CHARACTERS_MAX)),
    choices: problems === lineProblems ? [DROP_LINES] : [],
  };
}

/** What the schema cannot say: it knows neither the inputs nor what follows from several parameters. */
export function paramProblems(
  params: ErrorExtrapolationParams,
  { hasTest, hasContexts }: { readonly hasTest: boolean; readonly hasContexts: boolean },
): Problem[] {
  const { kind } = params.task;
  const settings = settingsOf(params, { testFile: hasTest });
  const invalid = (at: string, message: string): Problem =>
    new Problem('params-invalid', `${at}: ${message}`, at);
  const problems: Problem[] = [];
  const { mine, select, test } = settings.split;
  if (hasTest && test > 0)
    problems.push(invalid('params.goldSplit.test', `expected 0 with inputs.test, got ${test}.`));
  if (!hasTest && test === 0)
    problems.push(
      invalid('params.goldSplit.test', 'expected a share above 0, got 0; or give test rows as inputs.test.'),
    );
  if (select === 0 && params.selectOn === 'select')
    problems.push(
      invalid(
        'params.goldSplit.select',
        'expected a share above 0, got 0; or set params.selectOn to "mine".',
      ),
    );
  if (mine === 0) problems.push(invalid('params.goldSplit.mine', 'expected a share above 0, got 0.'));
  if (params.roundsMax > 0 && settings.variantsTotal === 0)
    problems.push(
      invalid(
        'params.variants',
        'expected a new row an error at least, got 0; or set params.roundsMax to 0.',
      ),
    );
  if (settings.variants.boundary !== undefined && (kind === 'extractive-qa' || params.judge !== 'llm'))
    problems.push(
      invalid(
        'params.variants.boundary',
        'expected 0 without labels or without params.judge "llm", which labels its rows.',
      ),
    );
  if (hasContexts && kind === 'text')
    problems.push(invalid('inputs.contexts', 'expected none for a task of kind text.'));
  if (settings.seedRowsTotal > PLAN_ROWS_MAX) {
    const most = PLAN_ROWS_MAX.toLocaleString('en');
    const got = settings.seedRowsTotal.toLocaleString('en');
    problems.push(
      invalid('params.seedPerLabel', `expected at most ${most} rows over all labels, got ${got}.`),
    );
  }
  return [...problems, ...ambiguousLabels(params)];
}

/** A prompt names a label by its phrase alone. */
function ambiguousLabels({ task }: ErrorExtrapolationParams): Problem[] {
  const byPhrase = new Map<string, string>();
  for (const { id, phrase } of task.labels) {
    const key = normaliseText(phrase);
    const other = byPhrase.get(key);
    if (other !== undefined) {
      const message = `Labels ${quoted(other)} and ${quoted(id)} share the phrase ${quoted(phrase)}.`;
      return [new Problem('labels-ambiguous', message)];
    }
    byPhrase.set(key, id);
  }
  return [];
}
