/** What the matched arms imitate: rows of mine drawn without looking at errors, as many and as often as main. */
import { randomFor } from '../../random';
import type { Random } from '../../random';
import { clusterByLabel } from './clusters';
import { groupBy } from './group-by';
import type { ErrorExtrapolationParams } from './params';
import type { Pick as Picked } from './records';
import { settingsOf } from './settings';
import { shuffle } from './shuffle';
import { drawSequence, rewriteDraws } from './variant-draws';
import type { Draws } from './variant-draws';

export type MatchedArm = 'goldgen-mix' | 'goldgen-mix-as-errors' | 'goldgen-pure';

interface MineRow {
  readonly id: string;
  readonly ordinal: number;
  readonly label?: string;
}

export interface RandomSelection {
  readonly params: ErrorExtrapolationParams;
  readonly arm: MatchedArm;
  readonly mine: readonly MineRow[];
  /** Main's of the same round; `goldgen-pure` has no use for them. */
  readonly picks: readonly Picked[];
  /** `goldgen-pure`: rows to write in all, main's size. */
  readonly rows: number;
  readonly seed: number;
  readonly round: number;
  /** Vector of a row of mine, by ordinal: where main writes from patterns. */
  readonly features?: (ordinal: number) => readonly number[];
}

/** Picks with the draws of main's, pick by pick: as many new rows of every variant. */
export function selectRandom(context: RandomSelection): Picked[] {
  const random = randomFor(context.seed, context.arm, context.round);
  const drawn = context.arm === 'goldgen-pure' ? cycleMine(context, random) : matchPicks(context, random);
  const picks = drawn.map(({ row, draws }) => pickOf(context, row, draws, random));
  return withClusters(context, picks);
}

interface Drawn {
  readonly row: MineRow;
  readonly draws: Draws;
}

function matchPicks({ arm, mine, picks }: RandomSelection, random: Random): Drawn[] {
  const shuffled = shuffle(mine, random);
  const byLabel = groupBy(shuffled, ({ label }) => (arm === 'goldgen-mix' ? undefined : label));
  const taken = new Map<string | undefined, number>();
  return picks.flatMap(({ label, draws }) => {
    const key = arm === 'goldgen-mix' ? undefined : label;
    const rows = byLabel.get(key) ?? [];
    const place = taken.get(key) ?? 0;
    taken.set(key, place + 1);
    // Main picks different rows of mine, so that there are as many; a filtered mine may have fewer and starts again.
    const row = rows[place % rows.length];
    return row === undefined ? [] : [{ row, draws }];
  });
}

/** Round and round over mine in one random order; the variants take turns, shifted by one each time. */
function cycleMine({ params, mine, rows }: RandomSelection, random: Random): Drawn[] {
  const order = shuffle(mine, random);
  const sequence = drawSequence(settingsOf(params).variants);
  if (order.length === 0 || sequence.length === 0) return [];
  return order.slice(0, rows).map((row, place) => {
    const draws: Partial<Record<keyof Draws, number>> = {};
    for (let n = place, turn = 0; n < rows; n += order.length, turn += 1) {
      const variant = sequence[(place + turn) % sequence.length]!;
      draws[variant] = (draws[variant] ?? 0) + 1;
    }
    return { row, draws };
  });
}

function pickOf({ params }: RandomSelection, row: MineRow, draws: Draws, random: Random): Picked {
  const pick = { id: row.id, ordinal: row.ordinal, ...(row.label === undefined ? {} : { label: row.label }) };
  if (draws.contrast === undefined) return { ...pick, draws };
  // Nothing was predicted of these rows: any other label; an answer to contrast with cannot be made up.
  const others = params.task.labels.filter(({ id }) => id !== row.label);
  if (params.task.kind === 'extractive-qa')
    return { ...pick, draws: rewriteDraws(draws, 'contrast', 'near') };
  return { ...pick, predicted: others[random.integer(others.length)]!.id, draws };
}

function withClusters(
  { params, features, seed, round }: RandomSelection,
  picks: readonly Picked[],
): Picked[] {
  if (!picks.some(({ draws }) => draws.pattern !== undefined)) return [...picks];
  if (features === undefined) throw new Error('rows that are written from patterns need their vectors');
  const clusters = clusterByLabel(picks, features, params.clustersMax, seed, round);
  return picks.map((pick, i) => ({ ...pick, cluster: clusters[i]! }));
}
