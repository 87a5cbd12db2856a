/** What the run shows, in words: the verdict, what may be claimed and what may not, and what must be known before use. */
import type { Section } from '../../report';
import type { PublishContext } from '../../strategy';
import type { Claim, ClaimFacts } from './claims';
import { claimOf, luckOf } from './claims';
import type { ErrorExtrapolationParams } from './params';
import type { RoundsReport } from './report-read-rounds';
import type { TestReport } from './report-tested';
import { list } from './report-words';
import { CLAIM_THRESHOLDS } from './stages/comparisons';

type Context = PublishContext<ErrorExtrapolationParams>;

/** Models whose words mean nothing, or little. */
const PRETENDERS: Readonly<Record<string, string>> = {
  'scripted/':
    'The rows were written by a program: what is shown is that the measurement works, nothing about models.',
  'embedded/':
    'The rows were written by a model of 135M parameters: what is shown is the mechanics, not the method.',
};
const WARNINGS_SHOWN_MAX = 6;

interface ClaimsReport {
  readonly claims: readonly Claim[];
  readonly verdict: string;
  readonly notes: readonly string[];
  readonly section: Section;
}

export function claimsReport(
  context: Context,
  rounds: RoundsReport,
  tested: TestReport,
  warnings: readonly string[],
): ClaimsReport {
  const { params } = context;
  const facts: ClaimFacts = {
    seeds: params.studentSeeds.length,
    matched: true,
    replicates: params.replicates,
    tasks: 1,
    untested: tested.untested,
  };
  const claims = claimOf(tested.comparisons, facts);
  const limits = limitsOf(context, rounds, tested);
  return {
    claims,
    verdict: verdictOf(context, claims, tested),
    notes: [...limits.notes, ...warnings.slice(0, WARNINGS_SHOWN_MAX)],
    section: {
      title: 'What was shown',
      blocks: [
        ...list(claims.map(({ sentence }) => sentence)),
        { type: 'table', columns: ['may be claimed'], rows: mayClaim(claims, tested).map((one) => [one]) },
        { type: 'table', columns: ['may not be claimed'], rows: limits.not.map((one) => [one]) },
      ],
    },
  };
}

/** Help with the data first: it is what a reader asks. */
function verdictOf(context: Context, claims: readonly Claim[], { comparisons }: TestReport): string {
  const tested = claims.filter(({ verdict }) => verdict !== 'not-tested').reverse();
  const said = (tested.length === 0 ? [...claims].reverse() : tested).map(({ sentence }) => sentence);
  const lucks = comparisons.flatMap((comparison) => luckOf(comparison));
  // Both claims end in the same words about luck: once is enough.
  const once = said.map((sentence, index) =>
    index === said.length - 1
      ? sentence
      : lucks.reduce((left, luck) => left.replace(` ${luck}`, ''), sentence),
  );
  return [...once, ...pretence(context)].join(' ');
}

function pretence({ models }: Context): string[] {
  const generator = models['generator']?.name ?? '';
  const found = Object.entries(PRETENDERS).find(([provider]) => generator.startsWith(provider));
  return found === undefined ? [] : [found[1]];
}

const SCOPES: Readonly<Record<Claim['scope'], string>> = {
  dataset: 'for this dataset',
  task: 'on this task',
  method: 'of the method',
};

function mayClaim(claims: readonly Claim[], { rows, metric, comparisons }: TestReport): string[] {
  const shown = claims.filter(({ verdict }) => verdict === 'helped' || verdict === 'harmed');
  const may = shown.map(
    ({ id, verdict, scope }) =>
      `${id === 'main-goldgen-mix' ? 'Aiming at errors' : 'Training on the data beside gold'} ${verdict} the student, ${SCOPES[scope]}.`,
  );
  if (comparisons.length > 0)
    may.push(
      `The differences below were measured in ${metric} on ${rows} rows that were opened once, at the end.`,
    );
  return may.length === 0 ? ['Nothing about how well a student learns from this data.'] : may;
}

function limitsOf(context: Context, rounds: RoundsReport, tested: TestReport) {
  const { params, students } = context;
  const not: string[] = [];
  const notes: string[] = [];
  const { comparisons, planned } = tested;
  const unmatched = comparisons.filter(({ matched }) => !matched);
  for (const { id, rows } of unmatched)
    not.push(
      `Anything from ${id}: its sides learned from ${rows[0]} and ${rows[1]} synthetic rows, more than ${100 * CLAIM_THRESHOLDS.sizeGapMax} % apart (not matched).`,
    );
  if (unmatched.length > 0)
    notes.push(
      `Arms that are not matched in size: ${unmatched.map(({ id }) => id).join(', ')}. These comparisons show nothing.`,
    );
  const missing = planned.filter(({ id }) => !comparisons.some((one) => one.id === id));
  if (missing.length > 0) not.push(`Anything from ${missing.map(({ id }) => id).join(', ')}: not tested.`);
  const seeds = params.studentSeeds.length;
  if (seeds < CLAIM_THRESHOLDS.seedsMin)
    not.push(
      `A gain or a loss at all: ${seeds} student ${seeds === 1 ? 'seed' : 'seeds'}, ${CLAIM_THRESHOLDS.seedsMin} are needed.`,
    );
  if (params.replicates < CLAIM_THRESHOLDS.replicatesMin)
    not.push(
      `That other rows from the same model would do the same: it takes ${CLAIM_THRESHOLDS.replicatesMin} replicates, the job has ${params.replicates}.`,
    );
  not.push('That the method helps on other tasks: it takes two tasks at least.');
  const student = students['main'];
  if (student !== undefined)
    not.push(
      `That another student gains as much: all numbers are of "${[student.name, student.base].filter(Boolean).join(', ')}".`,
    );
  if (rounds.rounds.some(({ optimistic }) => optimistic)) {
    const marked =
      'Scores of rounds were read off mine (selectOn mine, or no select rows): they are optimistic, and so is the choice of the round.';
    not.push(marked);
    notes.push(marked);
  }
  not.push('Accuracy on mine after round 0: imitations of these rows were in the training.');
  not.push(...pretence(context));
  if (params.filters === 'off')
    notes.push('Filters were off: nothing was dropped but empty and content-filtered answers.');
  return { not, notes };
}
