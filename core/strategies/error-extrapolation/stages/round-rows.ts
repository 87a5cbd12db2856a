/** What an arm has written so far: the rows that its gates let through, round by round. */
import type { Reader } from '../../../strategy';
import { extraWeight } from '../extra-weight';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { SiftedRow } from '../records';
import { findsErrors, lastRoundOf } from '../story';

export type ArmAt = Pick<Place, 'replicate' | 'arm'>;

/** Rows that the gates of rounds 0 to `round` accepted, in the order in which they were planned. */
export async function* acceptedRows(read: Reader, at: ArmAt, round: number): AsyncIterable<SiftedRow> {
  for (let q = 0; q <= round; q += 1) {
    for await (const { record } of read.outcomes<unknown, SiftedRow>(stageAt(at, 'gate', q))) {
      if (record !== undefined) yield record;
    }
  }
}

export interface RowCount {
  readonly seed: number;
  readonly extra: number;
}

/** How many rows an arm has after a round, by the facts of its gates. */
export async function countAccepted(read: Reader, at: ArmAt, round: number): Promise<RowCount> {
  let [seed, extra] = [0, 0];
  for (let q = 0; q <= round; q += 1) {
    const accepted = (await read.stage(stageAt(at, 'gate', q)))?.counts.accepted ?? 0;
    if (q === 0) seed += accepted;
    else extra += accepted;
  }
  return { seed, extra };
}

/** The rounds of a finished loop. */
export interface ArmRounds {
  /** The last round that was trained and looked at; −1 where there is none. */
  readonly last: number;
  /** The round whose data counts. */
  readonly chosen: number;
}

export async function roundsOf(read: Reader, at: ArmAt, roundsMax: number): Promise<ArmRounds> {
  if (!findsErrors(at.arm)) {
    const main = await roundsOf(read, { replicate: at.replicate, arm: 'main' }, roundsMax);
    const last = lastRoundOf(at.arm, main.last);
    return { last, chosen: last };
  }
  let rounds: ArmRounds = { last: -1, chosen: 0 };
  for (let q = 0; q <= roundsMax; q += 1) {
    const facts = (await read.stage(stageAt(at, 'mine', q)))?.facts;
    if (typeof facts?.['score'] !== 'number') break;
    rounds = { last: q, chosen: Number(facts['best'] ?? q) };
  }
  return rounds;
}

/** Weight of a row by its origin, so that imitations neither drown nor drown in the seed. Gold and seed weigh 1. */
export function extraWeightOf(
  { seed, extra }: RowCount,
  { extraShareMin, extraShareMax }: Pick<ErrorExtrapolationParams, 'extraShareMin' | 'extraShareMax'>,
): number {
  return seed === 0 || extra === 0 ? 1 : extraWeight(seed, extra, extraShareMin, extraShareMax);
}
