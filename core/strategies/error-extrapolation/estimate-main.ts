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
 * The preflight, and nearly the same sum: it writes the seed's first rows and asks for votes on all its previews. The seed
 * and its sift then find those calls in the ledger, so that the sift's upper bound lends what its own rows cannot need.
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
  const asked = firstRows + (firstRows + previews(sizes)) * votes;
  const kept = sizes.settings.seedRowsTotal * votes;
  const lent = pieces.map((piece) => {
    if (piece.stage !== 'main/sift-0') return piece;
    const less = Math.max(0, Math.min(asked, piece.calls.high - Math.max(kept, piece.rows.high)));
    return { ...piece, calls: { ...piece.calls, high: piece.calls.high - less } };
  });
  const preflight: Piece = {
    ...{ stage: 'preflight', role: 'generator', prompt: 'preflight' },
    rows: { low: low.preflight, high: high.preflight + firstRows },
    calls: { low: low.preflight, high: high.preflight + asked },
  };
  return [preflight, ...lent];
}
