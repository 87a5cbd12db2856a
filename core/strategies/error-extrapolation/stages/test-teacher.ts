/** Stage `test-teacher`: what the model itself says of the test rows, without examples and with five of each label. */
import type { Json } from '../../../json';
import { randomFor } from '../../../random';
import { accept, call, reject } from '../../../strategy';
import type {
  PlanContext,
  PlannedRow,
  RowsStage,
  Step,
  StepContext,
  TransformContext,
  TransformResult,
} from '../../../strategy';
import { judgeStep } from '../judge-call';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow } from '../records';
import { goldFactsOf } from './gold-facts';
import { metricOf, scoreOf } from './predicted';
import { intervalOf } from './score-students';
import { TEST_ITEMS } from './test';

const EXAMPLES_PER_LABEL = 5;
const ARMS = ['teacher-zero-shot', 'teacher-few-shot'] as const;

interface TeacherData {
  readonly arm: (typeof ARMS)[number];
}
/** A label id, or a normalised answer. */
export interface TeacherRecord {
  readonly said: string;
}

/** One item an arm in `test-teacher/scores`. */
export interface TeacherScore {
  readonly arm: string;
  /** Test rows with an answer; one that cannot be read is wrong. */
  readonly rows: number;
  /** Rows whose calls failed: nothing is known of them. */
  readonly failed: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export const testTeacher: RowsStage<ErrorExtrapolationParams, TeacherData> = {
  kind: 'rows',
  title: 'Ask the model itself about the test rows',
  reads: { row: TEST_ITEMS, examples: 'prepare/mine' },
  plan: planQuestions,
  step: stepQuestion,
  conclude: scoreTeachers,
};

async function* planQuestions({
  read,
  plan,
  params,
  seed,
}: PlanContext<ErrorExtrapolationParams>): AsyncIterable<PlannedRow<TeacherData>> {
  const gold = await goldFactsOf(read);
  if (plan > 0 || gold.test === 0) return;
  for (const arm of ARMS) {
    if (!params.arms.includes(arm)) continue;
    const examples = arm === 'teacher-few-shot' ? await drawExamples(read, seed) : [];
    let ordinal = 0;
    for await (const { id } of read.collection<GoldRow>(TEST_ITEMS)) {
      const sources = { row: [ordinal], ...(examples.length === 0 ? {} : { examples }) };
      yield { key: `${arm}/${id}`, sources, data: { arm } };
      ordinal += 1;
    }
  }
}

/** The same for every row: they stand first in the prompt, and providers cache it. */
async function drawExamples(
  read: PlanContext<ErrorExtrapolationParams>['read'],
  seed: number,
): Promise<number[]> {
  const byLabel = new Map<string, number[]>();
  let ordinal = 0;
  for await (const { label = '' } of read.collection<GoldRow>('prepare/mine')) {
    const members = byLabel.get(label) ?? [];
    members.push(ordinal);
    byLabel.set(label, members);
    ordinal += 1;
  }
  const random = randomFor(seed, 'teacher-few-shot');
  const drawn: number[] = [];
  for (const [, members] of [...byLabel].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (let n = 0; n < EXAMPLES_PER_LABEL && members.length > 0; n += 1)
      drawn.push(...members.splice(random.integer(members.length), 1));
  }
  return drawn;
}

/** One vote: what is measured is the model, not a committee of it. */
function stepQuestion(context: StepContext<ErrorExtrapolationParams, TeacherData>): Step {
  const [row] = context.sources['row'] as readonly [GoldRow];
  const examples = (context.sources['examples'] ?? []) as readonly GoldRow[];
  const asked = { ...context, params: { ...context.params, judgeVotes: 1 as const }, examples };
  const answer = judgeStep(asked, row, context.replies);
  if ('call' in answer) return call(answer.call);
  const [said] = Object.keys(answer.verdict.votes);
  if (said === undefined) return reject('unparsable', 'the answer is no label');
  const record: TeacherRecord = { said };
  return accept(record as unknown as Json);
}

async function scoreTeachers(context: TransformContext<ErrorExtrapolationParams>): Promise<TransformResult> {
  const { read, params, seed } = context;
  const metric = metricOf(params, await goldFactsOf(read));
  let arms = 0;
  for (const arm of ARMS) {
    if (!params.arms.includes(arm)) continue;
    const { rows, said, failed } = await answersOf(read, arm);
    if (rows.length === 0) continue;
    const { low, high } = intervalOf(metric, rows, [said], seed, arm);
    const mean = scoreOf(metric, rows, said);
    const score: TeacherScore = { arm, rows: rows.length, failed, mean, low, high };
    await context.write('scores', score as unknown as Json);
    arms += 1;
  }
  return { facts: { arms } };
}

/** Answers with their rows: both stand in the order of the test rows. */
async function answersOf(read: TransformContext<ErrorExtrapolationParams>['read'], arm: string) {
  const states = new Map<string, string | undefined>();
  for await (const { row, state, record } of read.outcomes<TeacherData, TeacherRecord>('test-teacher')) {
    if (row.data.arm !== arm || state === 'failed') continue;
    states.set(row.key, record?.said);
  }
  const rows: GoldRow[] = [];
  const said: string[] = [];
  let failed = 0;
  if (states.size === 0) return { rows, said, failed };
  for await (const row of read.collection<GoldRow>(TEST_ITEMS)) {
    const key = `${arm}/${row.id}`;
    if (!states.has(key)) {
      failed += 1;
      continue;
    }
    rows.push(row);
    said.push(states.get(key) ?? '');
  }
  return { rows, said, failed };
}
