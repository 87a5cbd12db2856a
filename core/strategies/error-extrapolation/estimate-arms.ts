/** What the matched arms add: they share every call that main has made already. */
import type { Range } from '../../strategy';
import { PAPER_ROUNDS } from './estimate-calls';
import type { CallCounts, JobSizes } from './estimate-calls';
import { highMeans, lowMeans } from './estimate-means';
import type { Piece } from './estimate-piece';
import { voting, writing } from './estimate-piece';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';

type Arm = ErrorExtrapolationParams['arms'][number];

interface ArmContext {
  readonly params: ErrorExtrapolationParams;
  readonly sizes: JobSizes;
  readonly low: CallCounts;
  readonly high: CallCounts;
  /** Names a stage of the arm. */
  readonly at: (step: string, round?: number) => string;
}

export function armPieces(
  params: ErrorExtrapolationParams,
  sizes: JobSizes,
  replicate: number,
  low: CallCounts,
  high: CallCounts,
): Piece[] {
  return params.arms.flatMap((arm) => {
    const at = (step: string, round?: number): string => stageAt({ replicate, arm }, step, round);
    return piecesOf(arm, { params, sizes, low, high, at });
  });
}

function piecesOf(arm: Arm, context: ArmContext): Piece[] {
  switch (arm) {
    case 'goldgen-mix':
    case 'goldgen-mix-as-errors':
      return imitations(context);
    case 'seed-only':
      return seedRows(context, false);
    case 'few-shot':
      return seedRows(context, true);
    case 'goldgen-pure':
      return pureImitations(context);
    case 'faithful':
      return paperLoop(context);
    case 'gold-only':
    case 'teacher-zero-shot':
    case 'teacher-few-shot':
      return [];
  }
}

/** As many as main in each round, with their votes. */
function imitations({ params, low, high, at }: ArmContext): Piece[] {
  const pieces: Piece[] = [];
  for (let round = 1; round <= params.roundsMax; round += 1) {
    const rows = { low: low.round.written, high: high.round.written };
    const votes = { low: low.roundVotes, high: high.roundVotes };
    pieces.push(
      writing(at('extrapolate', round), 'imitate', rows, 'extrapolate'),
      voting(at('sift', round), rows, votes),
    );
  }
  return pieces;
}

/** Main's size: what its rounds wrote, and `whole` also what its seed did. */
function seedRows(context: ArmContext, whole: boolean): Piece[] {
  const { rows, votes } = mainSize(context, whole);
  return [writing(context.at('seed'), 'write', rows, 'seed'), voting(context.at('sift', 0), rows, votes)];
}

function pureImitations(context: ArmContext): Piece[] {
  const { rows, votes } = mainSize(context, true);
  return [
    writing(context.at('extrapolate', 1), 'imitate', rows, 'extrapolate'),
    voting(context.at('sift', 1), rows, votes),
  ];
}

function mainSize({ low, high }: ArmContext, whole: boolean): { rows: Range; votes: Range } {
  const rows = ({ seed, rounds, round }: CallCounts): number => (whole ? seed : 0) + rounds * round.written;
  const votes = ({ seedVotes, rounds, roundVotes }: CallCounts): number =>
    (whole ? seedVotes : 0) + rounds * roundVotes;
  return { rows: { low: rows(low), high: rows(high) }, votes: { low: votes(low), high: votes(high) } };
}

/** Two rounds over all errors, without a judge. Its prompts are the paper's, so that its seed may be paid once more. */
function paperLoop({ params, sizes, low, high, at }: ArmContext): Piece[] {
  const errors = {
    low: Math.ceil(lowMeans(params).errors * sizes.mine),
    high: Math.ceil(highMeans(params).errors * sizes.mine),
  };
  const isPaper = params.style === 'paper';
  const rounds = Array.from({ length: PAPER_ROUNDS }, (_, i) =>
    writing(at('extrapolate', i + 1), 'imitate', errors, 'extrapolate'),
  );
  return [
    writing(at('reasons'), 'reasons', { low: 0, high: isPaper ? 0 : high.reasons }, 'reasons'),
    writing(at('seed'), 'write', { low: 0, high: isPaper ? 0 : Math.max(low.seed, high.seed) }, 'seed'),
    ...rounds,
  ];
}
