/** What holds over all rows of the inputs: enough of them, of each label, and something in each split. */
import type { LinesProblem } from './gold-faults';
import { wholeProblem } from './gold-faults';
import { quoted } from './gold-fields';
import type { ErrorExtrapolationParams } from './params';
import type { SplitShares } from './settings';
import { splitGold } from './split-gold';

export const GOLD_ROWS_MIN = 100;
export const GOLD_ROWS_MAX = 200_000;
export const CONTEXT_ROWS_MAX = 1_000_000;
/** Of each label, in the rows that are mined. */
export const MINE_ROWS_PER_LABEL_MIN = 20;
/** Below these, results are noisy: said, not refused. */
const GOLD_ROWS_WANTED = 200;
const LABEL_ROWS_WANTED = 50;
const LABELS_SHOWN_MAX = 10;
const SHARE_SLACK = 1e-9;

export interface CountedRow {
  readonly id: string;
  readonly group: string;
  readonly label?: string;
}
export type GoldSplit = Readonly<Record<'mine' | 'select' | 'test', readonly string[]>>;

export interface Counts {
  readonly task: ErrorExtrapolationParams['task'];
  readonly rows: readonly CountedRow[];
  readonly shares: SplitShares;
  readonly seed: number;
}

/** Too few rows, of gold or of a label, or a split without any; the first kind that is found. */
export function countProblems(counts: Counts): readonly LinesProblem[] {
  const { rows } = counts;
  if (rows.length < GOLD_ROWS_MIN)
    return [wholeProblem('gold-count', `Gold has ${rows.length} rows; ${GOLD_ROWS_MIN} are needed.`)];
  const few = fewLabels(counts);
  return few.length > 0 ? few : emptySplits(counts);
}

/** Rows by label id, those without rows included. */
export function labelCounts({ task, rows }: Pick<Counts, 'task' | 'rows'>): Map<string, number> {
  const counts = new Map(task.labels.map(({ id }) => [id, 0]));
  for (const { label } of rows) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function fewLabels(counts: Counts): LinesProblem[] {
  const needed = Math.ceil(MINE_ROWS_PER_LABEL_MIN / counts.shares.mine - SHARE_SLACK);
  const few = Array.from(labelCounts(counts)).filter(([, count]) => count < needed);
  const [first] = few;
  if (first === undefined) return [];
  const [label, count] = first;
  const rest = few.length === 1 ? '' : ` Too few have ${few.length} labels in all.`;
  const message = `Label ${quoted(label)} has ${count} gold rows; ${needed} are needed (${MINE_ROWS_PER_LABEL_MIN} in mine).${rest}`;
  return [wholeProblem('label-count', message)];
}

function emptySplits({ task, rows, shares, seed }: Counts): LinesProblem[] {
  const split: GoldSplit = splitGold(rows, shares, seed);
  const empty = (['mine', 'select', 'test'] as const).find(
    (name) => shares[name] > 0 && split[name].length === 0,
  );
  if (empty === undefined) return [];
  const sizes = new Map<string, number>();
  for (const { group } of rows) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const percent = Math.round((100 * Math.max(...sizes.values())) / rows.length);
  const what = task.kind === 'text' ? 'group' : 'context';
  return [wholeProblem('split-empty', `Split "${empty}" is empty: one ${what} holds ${percent} % of gold.`)];
}

/** Small gold is allowed; what it means is said. */
export function countWarnings(counts: Pick<Counts, 'task' | 'rows'>): string[] {
  const warnings: string[] = [];
  if (counts.rows.length < GOLD_ROWS_WANTED)
    warnings.push(`Gold has ${counts.rows.length} rows; scores on fewer than ${GOLD_ROWS_WANTED} are noisy.`);
  const few = Array.from(labelCounts(counts)).filter(([, count]) => count < LABEL_ROWS_WANTED);
  if (few.length > 0) {
    const shown = few.slice(0, LABELS_SHOWN_MAX).map(([label, count]) => `${quoted(label)} ${count}`);
    const more = few.length > LABELS_SHOWN_MAX ? ` and ${few.length - LABELS_SHOWN_MAX} more` : '';
    warnings.push(`Labels with fewer than ${LABEL_ROWS_WANTED} gold rows: ${shown.join(', ')}${more}.`);
  }
  return warnings;
}
