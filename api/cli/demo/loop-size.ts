/** How much of error extrapolation fits into a demo. */

/** What generation may take, apart from starting, training and reporting. */
const GENERATE_SECONDS = 280;
/** Output of a writing call, and the reading of its prompt counted as output. */
const TOKENS_PER_WRITING = 100;
/** A judgement writes a word, but reads as much. */
const TOKENS_PER_JUDGEMENT = 30;
/** Of `preflight`: previews of imitations; those of seed rows are the first seed rows. */
const PREVIEWS = 20;
const LABELS = 2;
/** Main, and the arm that imitates random rows. */
const IMITATING_ARMS = 2;
/** Rows written for one that is kept: what is refused is asked for anew. */
const WRITTEN_PER_KEPT = 1.6;

export interface LoopSize {
  readonly goldPerLabel: number;
  /** Share of gold whose errors are imitated; the rest chooses the round. */
  readonly mineShare: number;
  readonly seedPerLabel: number;
  readonly errorsPerRoundMax: number;
}
export interface SizedLoop extends LoopSize {
  readonly minutes: number;
}

/** The strategy takes no fewer: 20 seed rows and 20 rows of mine a label, 100 gold rows. */
export const LOOP_SHORT: LoopSize = {
  goldPerLabel: 50,
  mineShare: 0.4,
  seedPerLabel: 20,
  errorsPerRoundMax: 8,
};
/** The preset's. */
export const LOOP_FULL: LoopSize = {
  goldPerLabel: 100,
  mineShare: 0.5,
  seedPerLabel: 30,
  errorsPerRoundMax: 20,
};

/** So much work that a model of this speed needs about five minutes. */
export function sizeLoop(tokensPerSecond: number, short: boolean): SizedLoop {
  const [least, most] = [tokensOf(LOOP_SHORT), tokensOf(LOOP_FULL)];
  const affordable = (GENERATE_SECONDS * tokensPerSecond - least) / (most - least);
  const part = short ? 0 : Math.min(1, Math.max(0, affordable));
  const between = (of: (size: LoopSize) => number): number =>
    of(LOOP_SHORT) + part * (of(LOOP_FULL) - of(LOOP_SHORT));
  const size: LoopSize = {
    goldPerLabel: Math.round(between((one) => one.goldPerLabel)),
    mineShare: between((one) => one.mineShare),
    seedPerLabel: Math.round(between((one) => one.seedPerLabel)),
    errorsPerRoundMax: Math.round(between((one) => one.errorsPerRoundMax)),
  };
  const seconds = tokensOf(size) / Math.max(tokensPerSecond, 1);
  return { ...size, minutes: Math.max(1, Math.round(seconds / 60)) };
}

function tokensOf({ goldPerLabel, mineShare, seedPerLabel, errorsPerRoundMax }: LoopSize): number {
  const judgements = LABELS * goldPerLabel * mineShare;
  const writings = LABELS * seedPerLabel * WRITTEN_PER_KEPT + PREVIEWS + IMITATING_ARMS * errorsPerRoundMax;
  return writings * TOKENS_PER_WRITING + judgements * TOKENS_PER_JUDGEMENT;
}
