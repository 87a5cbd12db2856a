/** Stage `assemble`: the rows of the chosen rounds become the dataset, with gold where that is the composition. */
import type { Json } from '../../../json';
import type { TransformContext, TransformResult, TransformStage } from '../../../strategy';
import type { ErrorExtrapolationParams } from '../params';
import type { DatasetRecord, GoldRow } from '../records';
import { exampleOf } from './examples-of';
import type { ArmAt } from './round-rows';
import { roundsOf } from './round-rows';
import { weighedRows } from './row-weights';

type Context = TransformContext<ErrorExtrapolationParams>;

const MAIN: ArmAt = { replicate: 1, arm: 'main' };

export const assemble: TransformStage<ErrorExtrapolationParams> = {
  kind: 'transform',
  title: 'Put the dataset together',
  dataset: true,
  transform: assembleDataset,
};

async function assembleDataset(context: Context): Promise<TransformResult> {
  const { read, params } = context;
  const { chosen } = await roundsOf(read, MAIN, params.roundsMax);
  const counts = { seed: 0, extrapolated: 0, gold: 0 };
  let extraWeight = 1;
  for await (const { row, weight } of weighedRows(read, params, MAIN, chosen)) {
    counts[row.origin] += 1;
    if (row.origin === 'extrapolated') extraWeight = weight;
    await declare(context, { ...row, weight, arm: MAIN.arm });
  }
  if (params.composition === 'gold-plus-synthetic') {
    for await (const row of read.collection<GoldRow>('prepare/mine')) {
      const { weight, id, ...gold } = exampleOf(row);
      counts.gold += 1;
      await declare(context, {
        ...gold,
        id: `gold/${id}`,
        origin: 'gold',
        round: 0,
        reasons: [],
        callKeys: [],
        weight,
        arm: MAIN.arm,
      });
    }
  }
  const records = counts.seed + counts.extrapolated + counts.gold;
  const weights = params.rowWeights === 'none' ? { extraWeight } : {};
  return { facts: { round: chosen, records, ...counts, ...weights } };
}

async function declare(context: Context, record: DatasetRecord): Promise<void> {
  const planned = { key: record.id, sources: {}, data: {} };
  await context.row(planned, { state: 'accepted', record: record as unknown as Json });
}
