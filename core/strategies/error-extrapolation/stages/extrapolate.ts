/** Stage `<arm>/extrapolate-q`: new rows from each error that was picked, by every variant. */
import { DISCARD_ROUND, PUBLISH } from '../story';
import type { PlanContext, PlannedRow, RowsStage } from '../../../strategy';
import type { Answer } from '../../../students/student';
import type { ErrorExtrapolationParams } from '../params';
import { VARIANTS } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { GoldRow, Pick, WriteData } from '../records';
import { readPatterns } from './describe';
import { dataOf } from './imitation';
import type { ImitationOf } from './imitation';
import { WRITE_READS, writeStep } from './write-step';

/** A round with fewer accepted rows asks a person. */
const ACCEPTED_SHARE_MIN = 0.5;

export function extrapolateStage(place: Place): RowsStage<ErrorExtrapolationParams, WriteData> {
  return {
    kind: 'rows',
    title: `Imitate the errors of round ${(place.round ?? 1) - 1}`,
    lineage: place.arm,
    ...(place.arm === 'main'
      ? { required: { acceptedShareMin: ACCEPTED_SHARE_MIN, choices: [DISCARD_ROUND, PUBLISH] } }
      : {}),
    reads: WRITE_READS,
    plan: (context) => planImitations(context, place),
    step: (context) => writeStep(context, place),
  };
}

interface Imitation extends PlannedRow<WriteData> {
  readonly order: readonly [number, number, number, number];
}

/** By variant, label, then the row that is imitated: rows that share a prompt's beginning stand together. */
async function* planImitations(
  context: PlanContext<ErrorExtrapolationParams>,
  place: Place,
): AsyncIterable<PlannedRow<WriteData>> {
  if (context.plan > 0) return; // no top-up: the next round has errors of its own
  const round = place.round ?? 1;
  const pickStage = stageAt(place, 'pick', round);
  const picked = Number((await context.read.stage(pickStage))?.facts['picks'] ?? 0);
  if (picked === 0) return;
  const patterns = await readPatterns(context.read, place, round);
  const imitations: Imitation[] = [];
  for await (const pick of context.read.collection<Pick>(`${pickStage}/picks`)) {
    const answer = await answerOf(context, pick);
    imitations.push(...imitationsOf({ ...context, place, pick, answer, patterns }));
  }
  imitations.sort((a, b) => compareOrder(a.order, b.order));
  for (const { order: _order, ...row } of imitations) yield row;
}

async function answerOf(
  { params, read }: PlanContext<ErrorExtrapolationParams>,
  { ordinal }: Pick,
): Promise<Answer | undefined> {
  if (params.task.kind !== 'extractive-qa') return undefined;
  const [row] = await read.items<GoldRow>('prepare/mine', [ordinal]);
  return row?.answers?.[0];
}

function* imitationsOf(of: Omit<ImitationOf, 'variant' | 'n'>): Iterable<Imitation> {
  const { place, pick, params } = of;
  const made = new Map<string, number>();
  for (const variant of VARIANTS) {
    for (let n = 0; n < (pick.draws[variant] ?? 0); n += 1) {
      const data = dataOf({ ...of, variant, n });
      // A variant that cannot be asked for becomes `near`, which may be asked for already.
      const number = made.get(data.variant) ?? 0;
      made.set(data.variant, number + 1);
      const key = `x${place.round ?? 1}/${pick.id}/${data.variant}/${number}`;
      const label = params.task.labels.findIndex(({ id }) => id === data.label);
      const kind = VARIANTS.findIndex((one) => one === data.variant);
      yield {
        key,
        sources: { numbers: [0], parent: [pick.ordinal] },
        data,
        order: [kind, label, pick.ordinal, number],
      };
    }
  }
}

function compareOrder(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) if (value !== b[index]) return value - b[index]!;
  return 0;
}
