/** Which errors a round imitates, and how often each. */
import { randomFor } from '../../random';
import { classShares } from './class-shares';
import { clusterByLabel } from './clusters';
import { groupBy } from './group-by';
import { evenQuotas } from './largest-remainder';
import type { ErrorExtrapolationParams } from './params';
import { quotas } from './quotas';
import type { MinedError, Pick as Picked } from './records';
import { settingsOf } from './settings';
import { shuffle } from './shuffle';
import { drawsIn, scaleDraws } from './variant-draws';

export interface SelectionContext {
  readonly params: ErrorExtrapolationParams;
  readonly errors: readonly MinedError[];
  /** Of every row of mine; undefined in question answering. */
  readonly mineLabels: readonly (string | undefined)[];
  /** How often the students predict each label on mine, in the task's order; empty in question answering. */
  readonly predictedShares: readonly number[];
  readonly seed: number;
  readonly round: number;
  /** Vector of a row of mine, by ordinal: `clustered` needs it. */
  readonly features?: (ordinal: number) => readonly number[];
}

/** Picks in the order in which they were drawn. Suspected gold noise is never among them. */
export function selectErrors(context: SelectionContext): Picked[] {
  const { params, seed, round } = context;
  const clean = context.errors.filter(({ suspected }) => !suspected);
  const errors = shuffle(clean, randomFor(seed, 'pick', round));
  switch (params.errorSelection) {
    case 'all':
      return errors
        .slice(0, params.errorsPerRoundMax ?? errors.length)
        .map((error) => pickOf(context, error));
    case 'contrast':
      return roundRobin(context, errors).map((error) => pickOf(context, error));
    case 'balanced':
    case 'clustered':
      return selectByLabel(context, errors);
  }
}

/** Each label its share; `clustered`: spread evenly over the kinds of its errors. */
function selectByLabel(context: SelectionContext, errors: readonly MinedError[]): Picked[] {
  const { params } = context;
  const clusters = clustersOf(context, errors);
  const byLabel = groupBy(errors.keys(), (place) => errors[place]!.label);
  const lists = labelsOf(params).map((label) => byLabel.get(label) ?? []);
  const wanted = quotas(
    lists.map((list) => list.length),
    sharesOf(context),
    params.errorsPerRoundMax,
    drawsIn(settingsOf(params).variants),
    params.variantsMax,
  );
  const drawsAt = new Map<number, number>();
  lists.forEach((list, i) => {
    const { errors: count, drawsPerError } = wanted[i]!;
    const kinds = [...groupBy(list, (place) => clusters[place]).values()];
    const even = evenQuotas(
      count,
      kinds.map((kind) => kind.length),
    );
    kinds.forEach((kind, k) => kind.slice(0, even[k]).forEach((place) => drawsAt.set(place, drawsPerError)));
  });
  return errors.flatMap((error, place) => {
    const draws = drawsAt.get(place);
    return draws === undefined ? [] : [pickOf(context, error, draws, clusters[place])];
  });
}

/** One for all, without a number, where errors are not clustered. */
function clustersOf(
  context: SelectionContext,
  errors: readonly MinedError[],
): readonly (number | undefined)[] {
  const { params, features, seed, round } = context;
  if (params.errorSelection !== 'clustered') return [];
  if (features === undefined) throw new Error('clustered selection needs the vectors of the errors');
  return clusterByLabel(errors, features, params.clustersMax, seed, round);
}

/** Away from labels that the students predict too often. */
function sharesOf({ params, mineLabels, predictedShares }: SelectionContext): number[] {
  const labels = labelsOf(params);
  if (labels.length === 1) return [1];
  const gold = labels.map((label) => mineLabels.filter((own) => own === label).length / mineLabels.length);
  const base = params.labelPrior === 'gold' ? gold : labels.map(() => 1 / labels.length);
  return classShares(base, gold, predictedShares, params.classTolerance);
}

/** Question answering is one class without a name. */
function labelsOf({ task }: ErrorExtrapolationParams): (string | undefined)[] {
  return task.kind === 'extractive-qa' ? [undefined] : task.labels.map(({ id }) => id);
}

/** One error of each (gold, predicted) pair in turn, so that rare confusions are imitated too. */
function roundRobin({ params }: SelectionContext, errors: readonly MinedError[]): MinedError[] {
  // In question answering the predictions are spans: all one pair.
  const pairs = groupBy(errors, ({ label, predicted }) =>
    label === undefined ? '' : JSON.stringify([label, predicted]),
  );
  const lists = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, list]) => list);
  const deepest = lists.reduce((most, list) => Math.max(most, list.length), 0);
  const order = Array.from({ length: deepest }, (_, turn) =>
    lists.flatMap((list) => list[turn] ?? []),
  ).flat();
  return order.slice(0, params.errorsPerRoundMax ?? order.length);
}

function pickOf({ params }: SelectionContext, error: MinedError, draws?: number, cluster?: number): Picked {
  const { variants } = settingsOf(params);
  const all = draws === undefined ? variants : scaleDraws(variants, draws);
  const { contrast: _, ...others } = all;
  return {
    id: error.id,
    ordinal: error.ordinal,
    ...(error.label === undefined ? {} : { label: error.label }),
    predicted: error.predicted,
    // An empty span can be nobody's answer.
    draws: error.predicted === '' ? others : all,
    ...(cluster === undefined ? {} : { cluster }),
  };
}
