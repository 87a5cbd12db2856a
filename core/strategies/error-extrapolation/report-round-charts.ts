/** Pictures of the rounds: score, churn, and how labels are mixed in errors, rows and predictions. */
import type { ChartBlock, Section } from '../../report';
import type { ErrorExtrapolationParams } from './params';
import type { RoundReport } from './report-read-rounds';
import { numberOf, text } from './report-words';

/** More labels than can be told apart by colour; the rarer ones are put together. */
const LABELS_SHOWN_MAX = 6;
const ROUND = { label: 'round' };
const SHARE = { label: 'share', format: 'share' } as const;

type Numbers = readonly (number | null)[];

export function scoreChart(rounds: readonly RoundReport[], metric: string, mineRows: number): ChartBlock {
  const of = (name: string): Numbers => rounds.map(({ mined }) => numberOf(mined[name]) ?? null);
  const rightOnMine = of('errors').map((errors) =>
    errors === null || mineRows === 0 ? null : 1 - errors / mineRows,
  );
  return {
    type: 'lines',
    title: 'Score by round',
    caption:
      'What ships is measured, with 95 % intervals over the rows. The share of mine rows that most seeds ' +
      'got right is optimistic after round 0.',
    x: ROUND,
    y: { label: metric, format: 'share' },
    at: rounds.map(({ round }) => round),
    series: [
      { name: metric, values: of('score'), low: of('low'), high: of('high') },
      { name: 'mine rows right', values: rightOnMine },
    ],
  };
}

export function churnChart(rounds: readonly RoundReport[]): ChartBlock {
  const later = rounds.filter(({ round }) => round > 0);
  const of = (name: string): Numbers => later.map(({ mined }) => numberOf(mined[name]) ?? null);
  return {
    type: 'bars',
    title: 'What became of the errors',
    caption:
      'Against the round before: errors fixed, errors still there, rows that were right and are wrong now.',
    x: ROUND,
    y: { label: 'rows of mine' },
    categories: later.map(({ round }) => `round ${round}`),
    stacked: true,
    series: [
      { name: 'fixed', values: of('fixed') },
      { name: 'persisting', values: of('persisting') },
      { name: 'new', values: of('broken') },
    ],
  };
}

/** Nothing in question answering, which has no labels. */
export function labelsSection(
  rounds: readonly RoundReport[],
  { task }: ErrorExtrapolationParams,
  goldShares: readonly number[],
): Section | undefined {
  const labels = task.labels.map(({ id }) => id);
  const measured = rounds.flatMap(({ round, summary }) =>
    summary === undefined ? [] : [{ round, summary }],
  );
  if (labels.length === 0 || measured.length === 0) return undefined;
  const groups = groupsOf(labels, goldShares);
  const mix = (title: string, caption: string, of: (at: number) => readonly number[]): ChartBlock => ({
    type: 'bars',
    title,
    caption,
    x: ROUND,
    y: SHARE,
    categories: ['gold', ...measured.map(({ round }) => `round ${round}`)],
    stacked: true,
    series: groups.map(({ name, places }) => ({
      name,
      values: [shareIn(goldShares, places), ...measured.map((_, at) => shareIn(of(at), places))],
    })),
  });
  return {
    title: 'Labels by round',
    blocks: [
      text('Bars of one picture add up to the whole; the first one is gold.'),
      mix(
        'Errors on mine',
        'True labels of the rows that most seeds got wrong.',
        (at) => measured[at]!.summary.errorsByLabel,
      ),
      mix('Rows', 'Labels of all accepted rows up to the round.', (at) => measured[at]!.summary.rowsByLabel),
      mix(
        'Predictions on mine',
        'What the students of the round say, over all seeds.',
        (at) => measured[at]!.summary.predictedShares,
      ),
    ],
  };
}

interface LabelGroup {
  readonly name: string;
  readonly places: readonly number[];
}

/** The commonest labels of gold by themselves, in the task's order; the others as one. */
function groupsOf(labels: readonly string[], goldShares: readonly number[]): LabelGroup[] {
  const one = (place: number): LabelGroup => ({ name: labels[place]!, places: [place] });
  if (labels.length <= LABELS_SHOWN_MAX) return labels.map((_, place) => one(place));
  const byShare = [...labels.keys()].sort((a, b) => (goldShares[b] ?? 0) - (goldShares[a] ?? 0) || a - b);
  const shown = byShare.slice(0, LABELS_SHOWN_MAX - 1).sort((a, b) => a - b);
  const others = byShare.slice(LABELS_SHOWN_MAX - 1);
  return [...shown.map(one), { name: `${others.length} other labels`, places: others }];
}

/** Counts or shares; null where there is nothing to share. */
function shareIn(amounts: readonly number[], places: readonly number[]): number | null {
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  if (!(total > 0)) return null;
  return places.reduce((sum, place) => sum + (amounts[place] ?? 0), 0) / total;
}
