/** What the story of this strategy branches on, and the small sums it does itself. */

/** Scalars of a job; see `Strategy.facts`. */
export interface ErrorExtrapolationFacts {
  /** Matched arms that write rows of their own, in the order in which they run. */
  readonly generatedArms: readonly string[];
  readonly replicates: number;
  /** Further plans of `seed` while accepted rows are missing. */
  readonly topUpWavesMax: number;
}

/** What `mine-q` tells the story; rows and predictions stay where they are. */
export interface MineFacts {
  /** No further round: enough of them, too few errors, or too little gain. */
  readonly done?: boolean;
  /** The round whose data is returned, as far as is known now. */
  readonly best?: number;
}

/** Choices at a gate beyond accepting what there is. */
export const DISCARD_ROUND = 'discard-round';
export const PUBLISH = 'publish';

/** Arms whose own students look for errors; the others follow main's counts. */
const MINING_ARMS: readonly string[] = ['main', 'faithful'];
/** Arms that only write seed rows. */
const SEED_ARMS: readonly string[] = ['seed-only', 'few-shot'];

export function findsErrors(arm: string): boolean {
  return MINING_ARMS.includes(arm);
}

/** The last round of an arm that follows main's. */
export function lastRoundOf(arm: string, mainLast: number): number {
  if (SEED_ARMS.includes(arm)) return Math.min(0, mainLast);
  // Imitations only: they stand in round 1, and nothing in round 0.
  return arm === 'goldgen-pure' ? Math.min(1, mainLast + 1) : mainLast;
}

/** An arm of one replicate: its stages begin with `goldgen-mix/`, `r2/main/` … */
export interface ArmOfReplicate {
  readonly arm: string;
  readonly prefix: string;
}

/** Each replicate's main, and the arms that are matched to it. */
export function replicatesOf({ replicates, generatedArms }: ErrorExtrapolationFacts): {
  readonly main: ArmOfReplicate;
  readonly arms: readonly ArmOfReplicate[];
}[] {
  return Array.from({ length: replicates }, (_, index) => {
    const of = (arm: string): ArmOfReplicate => ({
      arm,
      prefix: index === 0 ? `${arm}/` : `r${index + 1}/${arm}/`,
    });
    return { main: of('main'), arms: generatedArms.map(of) };
  });
}

/** The rounds that an arm has finished: trained, and looked at. */
export class Rounds {
  #finished = 0;
  #done = false;

  constructor(
    private readonly arm: string,
    private readonly main?: Rounds,
  ) {}

  /** The round at hand; 0 is the seed's. */
  get next(): number {
    return this.#finished;
  }

  /** −1 where not even the seed's students could be trained. */
  get last(): number {
    return this.#finished - 1;
  }

  get done(): boolean {
    return this.#done;
  }

  add({ done = false }: MineFacts): void {
    this.#finished += 1;
    this.#done =
      this.main === undefined || findsErrors(this.arm)
        ? done
        : this.last >= lastRoundOf(this.arm, this.main.last);
  }
}
