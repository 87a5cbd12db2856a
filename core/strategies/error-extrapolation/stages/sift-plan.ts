/** The plan of `<arm>/sift-q`: what can be said of a written row without a call. Rows stand as they were planned. */
import type { LinearStudent } from '../../../students/linear/linear-student';
import type { EarlierRow, PlanContext, PlannedRow, Reader } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { GoldRow, WriteData, WrittenRow } from '../records';
import { settingsOf } from '../settings';
import { argmax, crossFit, meanProbabilities } from './cross-fit';
import { DuplicateIndex } from './duplicate-index';
import { EvalHashes, evalHashes } from './eval-shingles';
import { studentTaskOf } from './examples-of';
import { goldFactsOf } from './gold-facts';
import { preflightFactsOf } from './preflight-facts';

/** Rows that the students of gold are asked about at a time. */
const PREDICTED_AT_ONCE = 500;

/** A row of `sift-q`. It carries its record because accepted rows of a stage are no collection. */
export interface SiftData {
  readonly written: WrittenRow;
  /** Of the calls that wrote it. */
  readonly callKeys: readonly string[];
  /** Why it is not kept, whoever judges it. */
  readonly fault?: { readonly reason: string; readonly detail: string };
  readonly judge: 'llm' | 'gold-student' | 'off';
  /** gold-student: what the cross-fit students say, on average. */
  readonly gold?: { readonly probability: number; readonly likeliest: string };
}

type Context = PlanContext<ErrorExtrapolationParams>;
type Written = EarlierRow<WriteData, WrittenRow>;

export async function* planSift(context: Context, place: Place): AsyncIterable<PlannedRow<SiftData>> {
  const { read, plan, seed } = context;
  const params = paramsOfArm(context.params, place.arm);
  const round = place.round ?? 0;
  const judge = await judgeOf(read, params);
  const filters = params.filters === 'on' ? await filtersOf(context, params, place, round) : undefined;
  let students: readonly LinearStudent[] | undefined;
  let batch: PlannedRow<SiftData>[] = [];
  const judged = async (): Promise<PlannedRow<SiftData>[]> => {
    if (judge !== 'gold-student') return batch;
    students ??= await goldStudents(read, params, seed);
    return withGold(students, params, batch);
  };
  const source = round === 0 ? stageAt(place, 'seed') : stageAt(place, 'extrapolate', round);
  for await (const row of read.outcomes<WriteData, WrittenRow>(source, plan)) {
    if (row.record === undefined) continue;
    batch.push(siftRow(row, row.record, judge, filters));
    if (batch.length < PREDICTED_AT_ONCE) continue;
    yield* await judged();
    batch = [];
  }
  yield* await judged();
}

/** The judge as the job asks for it, unless preflight found the students of gold to be the better one. */
async function judgeOf(read: Reader, params: ErrorExtrapolationParams): Promise<SiftData['judge']> {
  const { judge } = settingsOf(params);
  if (judge !== 'llm' || params.task.kind === 'extractive-qa') return judge;
  return (await preflightFactsOf(read)).judge ?? judge;
}

interface Filters {
  readonly kind: ErrorExtrapolationParams['task']['kind'];
  readonly leakWords: number;
  readonly kept: EvalHashes;
  readonly duplicates: DuplicateIndex;
}

/** Earlier rows of the arm stand in the index, whatever was found out about them later. */
async function filtersOf(
  { read, plan }: Context,
  params: ErrorExtrapolationParams,
  place: Place,
  round: number,
): Promise<Filters> {
  const { kind } = params.task;
  const duplicates = new DuplicateIndex(kind, params.nearDuplicateMin);
  for (let earlier = 0; earlier <= round; earlier += 1) {
    const plans = earlier === round ? Array.from({ length: plan }, (_, at) => at) : [undefined];
    for (const tranche of plans) {
      const rows = read.outcomes<SiftData, unknown>(stageAt(place, 'sift', earlier), tranche);
      for await (const { row } of rows) {
        if (row.data.fault === undefined) duplicates.add(row.key, row.data.written);
      }
    }
  }
  const { evalShingles } = await goldFactsOf(read);
  const hashes = evalShingles > 0 ? read.collection<string>('prepare/eval-shingles') : none();
  return { kind, leakWords: params.leakWords, kept: await EvalHashes.read(hashes), duplicates };
}

async function* none(): AsyncIterable<string> {}

function siftRow(
  { row, callKeys }: Written,
  written: WrittenRow,
  judge: SiftData['judge'],
  filters: Filters | undefined,
): PlannedRow<SiftData> {
  const fault = filters === undefined ? undefined : faultOf(row.key, written, filters);
  const data: SiftData = { written, callKeys, ...(fault === undefined ? {} : { fault }), judge };
  return { key: row.key, sources: {}, data };
}

function faultOf(key: string, written: WrittenRow, filters: Filters): SiftData['fault'] {
  const { kind, leakWords, kept, duplicates } = filters;
  const repeat = duplicates.add(key, written);
  if (repeat !== undefined) return repeat;
  const leak = evalHashes(kind, written, leakWords).some((hash) => kept.has(hash));
  return leak
    ? { reason: 'eval-overlap', detail: `shares ${leakWords} words in a row, or all, with select or test` }
    : undefined;
}

/** Trained again for each plan: students are no collection, and equal rows train equal ones. */
async function goldStudents(
  read: Reader,
  params: ErrorExtrapolationParams,
  seed: number,
): Promise<readonly LinearStudent[]> {
  const rows: GoldRow[] = [];
  for await (const row of read.collection<GoldRow>('prepare/mine')) rows.push(row);
  return crossFit(rows, studentTaskOf(params), seed).students;
}

function withGold(
  students: readonly LinearStudent[],
  params: ErrorExtrapolationParams,
  batch: readonly PlannedRow<SiftData>[],
): PlannedRow<SiftData>[] {
  const labels = params.task.labels.map(({ id }) => id);
  const means = meanProbabilities(
    students,
    batch.map(({ key, data }) => ({ ...data.written, id: key })),
  );
  return batch.map((row, at) => {
    const label = labels.indexOf(row.data.written.label ?? '');
    const probability = means[at]![label] ?? 0;
    const likeliest = labels[argmax(means[at]!)]!;
    return { ...row, data: { ...row.data, gold: { probability, likeliest } } };
  });
}
