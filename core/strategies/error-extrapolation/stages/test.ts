/** Stage `test`: the only look at the test rows, with every student at once. */
import type { Json } from '../../../json';
import type { EvaluateStage, TransformContext, TransformResult } from '../../../strategy';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow } from '../records';
import { compareArms } from './compare-arms';
import { finalStudents } from './final-students';
import { goldFactsOf } from './gold-facts';
import { metricOf, readAll, readPredictions, saidBy } from './predicted';
import { scoreStudents } from './score-students';
import type { TestedStudent } from './score-students';

export const TEST_ITEMS = 'prepare/test';

export const test: EvaluateStage<ErrorExtrapolationParams> = {
  kind: 'evaluate',
  title: 'Predict the test rows with every student, once',
  async *plan({ read, params }) {
    if ((await goldFactsOf(read)).test === 0) return;
    for (const { name, training } of await finalStudents(read, params)) {
      for (const seed of params.studentSeeds) {
        const key = `${training.prefix}/${seed}`;
        yield {
          key: `${name}/${seed}`,
          sources: {},
          data: { training: { stage: training.stage, key }, items: TEST_ITEMS },
        };
      }
    }
  },
  conclude: concludeTest,
};

async function concludeTest(context: TransformContext<ErrorExtrapolationParams>): Promise<TransformResult> {
  const { read, params } = context;
  const gold = await goldFactsOf(read);
  if (gold.test === 0) return { facts: { rows: 0 } };
  const metric = metricOf(params, gold);
  const rows = await readAll(read.collection<GoldRow>(TEST_ITEMS));
  const labels = params.task.labels.map(({ id }) => id);
  const ended = await predictedKeys(context);
  const tested: TestedStudent[] = [];
  for (const student of await finalStudents(read, params)) {
    const said: string[][] = [];
    for (const seed of params.studentSeeds) {
      const key = `${student.name}/${seed}`;
      if (!ended.has(key)) continue; // of an arm beside main, whose training failed
      const predictions = await readPredictions(read, 'test', key, rows);
      said.push(predictions.map((one) => saidBy(one, labels)));
    }
    if (said.length > 0) tested.push({ student, said });
  }
  const scores = scoreStudents(context, { metric, rows, tested });
  for (const score of scores) await context.write('scores', score as unknown as Json);
  const comparisons = await compareArms(context, { metric, rows, tested });
  for (const comparison of comparisons) await context.write('comparisons', comparison as unknown as Json);
  return { facts: { rows: rows.length, metric, students: tested.length, ...factsOf(comparisons) } };
}

async function predictedKeys({ read }: TransformContext<ErrorExtrapolationParams>): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { row, state } of read.outcomes('test')) if (state === 'accepted') keys.add(row.key);
  return keys;
}

/** Scalars for the report's head; five comparisons at most. */
function factsOf(comparisons: Awaited<ReturnType<typeof compareArms>>): Record<string, Json> {
  return { comparisons: comparisons as unknown as Json };
}
