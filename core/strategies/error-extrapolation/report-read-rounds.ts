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
  /** Its score was read off mine by students that had seen these rows, or imitations of them. */
  readonly optimistic: boolean;
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
    const mined = (await read.stage(stageAt(MAIN, 'mine', round)))?.facts ?? {};
    const seen = round > 0 || params.composition === 'gold-plus-synthetic';
    rounds.push({
      round,
      rows: await countAccepted(read, MAIN, round),
      mined,
      gate: (await read.stage(stageAt(MAIN, 'gate', round)))?.facts ?? {},
      ...(summary === undefined ? {} : { summary }),
      optimistic: mined['optimistic'] === true && seen,
      cost: await costOfRound(context, MAIN, round),
    });
  }
  return { rounds, last, chosen };
}
