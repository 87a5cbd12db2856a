/** The rounds of main, as their stages left them. */
import type { PublishContext } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import type { Cost } from './report-cost';
import { costOfRound } from './report-cost';
import type { Facts } from './report-words';
import type { MineSummary } from './stages/mined';
import { readSummary } from './stages/mined';
import type { ArmAt, RowCount } from './stages/round-rows';
import { countAccepted, roundsOf } from './stages/round-rows';

type Context = PublishContext<ErrorExtrapolationParams>;

export const MAIN: ArmAt = { replicate: 1, arm: 'main' };

export interface RoundReport {
  readonly round: number;
  /** Accepted rows of rounds 0 to this. */
  readonly rows: RowCount;
  /** Facts of `mine-q` and `gate-q`. */
  readonly mined: Facts;
  readonly gate: Facts;
  readonly summary?: MineSummary;
  readonly cost: Cost;
}

export interface RoundsReport {
  readonly rounds: readonly RoundReport[];
  /** −1 where no round was finished. */
  readonly last: number;
  readonly chosen: number;
}

export async function readRounds(context: Context): Promise<RoundsReport> {
  const { read, params } = context;
  const { last, chosen } = await roundsOf(read, MAIN, params.roundsMax);
  const rounds: RoundReport[] = [];
  for (let round = 0; round <= last; round += 1) {
    const summary = await readSummary(read, MAIN, round);
    rounds.push({
      round,
      rows: await countAccepted(read, MAIN, round),
      mined: (await read.stage(stageAt(MAIN, 'mine', round)))?.facts ?? {},
      gate: (await read.stage(stageAt(MAIN, 'gate', round)))?.facts ?? {},
      ...(summary === undefined ? {} : { summary }),
      cost: await costOfRound(context, MAIN, round),
    });
  }
  return { rounds, last, chosen };
}

/** Its score was read off the rows whose errors were imitated. */
export function isOptimistic({ mined }: RoundReport): boolean {
  return mined['optimistic'] === true;
}
