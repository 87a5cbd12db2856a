/** The main arm's stages, and the preflight before it. */
import type { Range } from '../../strategy';
import { PREVIEWS_PER_PROMPT, previews } from './estimate-calls';
import type { CallCounts, JobSizes } from './estimate-calls';
import type { Piece } from './estimate-piece';
import { voting, writing } from './estimate-piece';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';

export function mainPieces(
  params: ErrorExtrapolationParams,
  replicate: number,
  low: CallCounts,
  high: CallCounts,
): Piece[] {
  const at = (step: string, round?: number): string => stageAt({ replicate, arm: 'main' }, step, round);
  const between = (of: (counts: CallCounts) => number): Range => ({ low: of(low), high: of(high) });
  const seed = between((counts) => counts.seed);
  const written = between((counts) => counts.round.written);
  const pieces = [
    writing(
      at('reasons'),
      'reasons',
      between((counts) => counts.reasons),
      'reasons',
    ),
    writing(at('seed'), 'write', seed, 'seed'),
    voting(
      at('sift', 0),
      seed,
      between((counts) => counts.seedVotes),
    ),
  ];
  for (let round = 1; round <= params.roundsMax; round += 1) {
    pieces.push(
      writing(
        at('describe', round),
        'describe',
        between((counts) => counts.round.described),
        'describe',
      ),
      writing(at('extrapolate', round), 'imitate', written, 'extrapolate'),
      voting(
        at('sift', round),
        written,
        between((counts) => counts.roundVotes),
      ),
    );
  }
  return pieces;
}

/**
 * The preflight, and the same sum: it writes the seed's first rows and asks for votes on its previews, which the seed and
 * its sift then find in the ledger. Their share of the upper bound is moved to where the calls are made.
 */
export function preflightFirst(
  params: ErrorExtrapolationParams,
  sizes: JobSizes,
  pieces: readonly Piece[],
  low: CallCounts,
  high: CallCounts,
): Piece[] {
  const firstRows = PREVIEWS_PER_PROMPT * sizes.labels;
  const votes = sizes.settings.judge === 'llm' ? params.judgeVotes : 0;
  const wanted: Readonly<Record<string, number>> = {
    'main/seed': firstRows,
    'main/sift-0': (firstRows + previews(sizes)) * votes,
  };
  // What a stage may lose: all rows in one wave still fit under its own bound.
  const rowsOnce = sizes.settings.seedRowsTotal;
  const floors: Readonly<Record<string, number>> = { 'main/seed': rowsOnce, 'main/sift-0': rowsOnce * votes };
  let extra = 0;
  const lent = pieces.map((piece) => {
    const ask = wanted[piece.stage] ?? 0;
    const give = Math.max(0, Math.min(ask, piece.calls.high - (floors[piece.stage] ?? 0)));
    extra += ask;
    return give === 0 ? piece : { ...piece, calls: { ...piece.calls, high: piece.calls.high - give } };
  });
  const calls = { low: low.preflight, high: high.preflight + extra };
  const preflight: Piece = {
    ...{ stage: 'preflight', role: 'generator', prompt: 'preflight' },
    rows: { low: low.preflight, high: high.preflight + firstRows },
    calls,
  };
  return [preflight, ...lent];
}
