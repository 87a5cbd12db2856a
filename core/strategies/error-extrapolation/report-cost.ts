/** What an arm's rows cost. Calls that arms share count for each of them: as if it had run alone. */
import type { PublishContext } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import { NOT_KNOWN, usd } from './report-words';
import type { ArmAt } from './stages/round-rows';

export interface Cost {
  readonly calls: number;
  /** Absent where a model has no price. */
  readonly usd?: number;
}

type Context = Pick<PublishContext<ErrorExtrapolationParams>, 'spent' | 'priced'>;

const SEED_STEPS: readonly string[] = ['reasons', 'seed'];
const ROUND_STEPS: readonly string[] = ['embed', 'describe', 'extrapolate'];

/** Of the rows that a round adds: writing them, and judging them. */
export function costOfRound(context: Context, at: ArmAt, round: number): Promise<Cost> {
  const steps =
    round === 0
      ? SEED_STEPS.map((step) => stageAt(at, step))
      : ROUND_STEPS.map((step) => stageAt(at, step, round));
  return costOf(context, [...steps, stageAt(at, 'sift', round)]);
}

/** Of all rows up to a round. */
export async function costUpTo(context: Context, at: ArmAt, round: number): Promise<Cost> {
  const rounds = await Promise.all(Array.from({ length: round + 1 }, (_, q) => costOfRound(context, at, q)));
  return rounds.reduce(add, context.priced ? { calls: 0, usd: 0 } : { calls: 0 });
}

export async function costOf({ spent, priced }: Context, stages: readonly string[]): Promise<Cost> {
  let [calls, dollars] = [0, 0];
  for (const stage of stages) {
    const spending = await spent(stage);
    calls += spending.calls;
    dollars += spending.costUsd;
  }
  return priced ? { calls, usd: dollars } : { calls };
}

function add(a: Cost, b: Cost): Cost {
  const calls = a.calls + b.calls;
  return a.usd === undefined || b.usd === undefined ? { calls } : { calls, usd: a.usd + b.usd };
}

/** Money where prices are known, calls where they are not. */
export function perPoint({ calls, usd: dollars }: Cost, gainPoints: number | undefined): string {
  if (gainPoints === undefined) return NOT_KNOWN;
  if (gainPoints <= 0) return 'no gain';
  if (dollars !== undefined) return usd(dollars / gainPoints);
  return calls === 0 ? NOT_KNOWN : `${Math.round(calls / gainPoints)} calls`;
}
