/** Makes a text's length say less about its label, by leaving rows out. */
import { randomFor } from '../../random';
import { wordBucket } from './artefact-features';
import { groupBy } from './group-by';
import { shuffle } from './shuffle';

/** More loss costs more than length tells; what is left of it is then left. */
const DROPPED_SHARE_MAX = 0.3;

/**
 * Places of the rows to leave out, ascending. Each bucket of word counts keeps its labels in the shares that they have
 * over all; where that takes more than 30 % of the rows, each bucket goes the same part of the way.
 */
export function rebalanceLengths(
  rows: readonly { readonly text: string; readonly label: string }[],
  seed: number,
): number[] {
  const totals = groupBy(rows, ({ label }) => label);
  const buckets = groupBy(rows.keys(), (row) => wordBucket(rows[row]!.text));
  const surplus = [...buckets].flatMap(([bucket, places]) => {
    const byLabel = groupBy(places, (row) => rows[row]!.label);
    const fits = Math.min(
      ...[...totals].map(([label, all]) => ((byLabel.get(label)?.length ?? 0) * rows.length) / all.length),
    );
    return [...byLabel].map(([label, own]) => {
      const kept = (fits * totals.get(label)!.length) / rows.length;
      return { bucket, label, own, tooMany: own.length - kept };
    });
  });
  const wanted = surplus.reduce((sum, { tooMany }) => sum + tooMany, 0);
  const part = wanted === 0 ? 0 : Math.min(1, (DROPPED_SHARE_MAX * rows.length) / wanted);
  return surplus
    .flatMap(({ bucket, label, own, tooMany }) =>
      shuffle(own, randomFor(seed, 'rebalance', bucket, label)).slice(0, Math.floor(part * tooMany + 1e-9)),
    )
    .sort((a, b) => a - b);
}
