/** Gold in three: what may be imitated, what chooses, what judges. A group never stands on two sides. */
import { sha256 } from '../../hash';
import { groupBy } from './group-by';

const SPLITS = ['mine', 'select', 'test'] as const;
type Split = (typeof SPLITS)[number];

/** Closer than this, two splits want a group equally: a third is no binary number. */
const TIE = 1e-9;

interface SplitRow {
  readonly id: string;
  readonly group: string;
  /** Absent in question answering. */
  readonly label?: string;
}

/**
 * Groups, large ones first, go where the most of their labels' quotas is open; equally open: mine, select, test. `shares`
 * sum to 1; a share of 0 gets nothing. Ids come back in the rows' order.
 */
export function splitGold(
  rows: readonly SplitRow[],
  shares: Readonly<Record<Split, number>>,
  seed: number,
): Record<Split, string[]> {
  const totals = countLabels(rows);
  const open = SPLITS.filter((split) => shares[split] > 0).map((split) => ({
    split,
    have: new Map<string, number>(),
    quotaOf: (label: string) => shares[split] * totals.get(label)!,
  }));
  const place = new Map<string, Split>();
  for (const { group, labels } of orderedGroups(rows, seed)) {
    let chosen = open[0]!;
    let largest = -Infinity;
    for (const side of open) {
      let want = 0;
      for (const [label, n] of labels) want += n * (1 - (side.have.get(label) ?? 0) / side.quotaOf(label));
      if (want <= largest + TIE) continue;
      largest = want;
      chosen = side;
    }
    for (const [label, n] of labels) chosen.have.set(label, (chosen.have.get(label) ?? 0) + n);
    place.set(group, chosen.split);
  }
  const idsOf = (split: Split) => rows.filter(({ group }) => place.get(group) === split).map(({ id }) => id);
  return { mine: idsOf('mine'), select: idsOf('select'), test: idsOf('test') };
}

function orderedGroups(rows: readonly SplitRow[], seed: number) {
  return [...groupBy(rows, (row) => row.group)]
    .map(([group, its]) => ({
      group,
      size: its.length,
      hash: sha256(`${seed}:${group}`),
      labels: countLabels(its),
    }))
    .sort((a, b) => b.size - a.size || (a.hash < b.hash ? -1 : 1));
}

function countLabels(rows: readonly SplitRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { label = '' } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
