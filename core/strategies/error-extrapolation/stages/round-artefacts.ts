/** The artefact test of one round, and what to say of it. */
import type { Json } from '../../../json';
import type { TransformContext } from '../../../strategy';
import { artefactGap, testArtefacts } from '../artefacts';
import type { ArtefactReport, ArtefactRow } from '../artefacts';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { writtenText } from '../prompt-task';
import type { GoldRow, SiftedRow, TaskKind } from '../records';

export interface RoundArtefacts {
  readonly over: boolean;
  /** Places of the rows left out so that lengths say less. */
  readonly dropped: ReadonlySet<number>;
  /** Says what gives the labels away, and by how much. */
  readonly message: string;
  /** Texts to look at. */
  readonly samples: readonly string[];
  readonly facts: Readonly<Record<string, Json>>;
  readonly report?: ArtefactReport;
}

const NOTHING: RoundArtefacts = { over: false, dropped: new Set(), message: '', samples: [], facts: {} };

/** Answers have no labels that a question's looks could give away. */
export async function lookForArtefacts(
  { read, seed }: TransformContext<ErrorExtrapolationParams>,
  params: ErrorExtrapolationParams,
  place: Place,
  rows: readonly SiftedRow[],
): Promise<RoundArtefacts> {
  const { kind, labels } = params.task;
  if (kind === 'extractive-qa' || rows.length === 0) return NOTHING;
  const fresh = rows.map((row) => artefactRow(kind, row, row.parentId));
  const mine: ArtefactRow[] = [];
  for await (const row of read.collection<GoldRow>('prepare/mine'))
    mine.push(artefactRow(kind, row, row.group));
  const options = { kind, labels, gapMaxPoints: params.artefactGapMaxPoints, seed };
  // Without filters no row is left out, so that the paper's loop keeps what it wrote.
  const { before, after, dropped, over } =
    params.filters === 'on'
      ? testArtefacts(fresh, mine, options)
      : withoutRebalance(artefactGap(fresh, mine, options));
  const report = after ?? before;
  if (!report.tested) return NOTHING;
  return {
    over,
    dropped: new Set(dropped),
    message: messageOf(report, params, place),
    samples: rows.map((row) => `${row.label ?? ''}: ${writtenText(kind, row)}`),
    facts: factsOf(report, before),
    report,
  };
}

function withoutRebalance(before: ArtefactReport): ReturnType<typeof testArtefacts> {
  return { before, dropped: [], over: before.over };
}

function artefactRow(kind: TaskKind, row: GoldRow | SiftedRow, group: string | undefined): ArtefactRow {
  return { text: writtenText(kind, row), label: row.label ?? '', ...(group === undefined ? {} : { group }) };
}

function worstOf({ checks }: ArtefactReport) {
  return checks.reduce((worst, check) => (check.gap > worst.gap ? check : worst));
}

function messageOf(report: ArtefactReport, params: ErrorExtrapolationParams, { round = 0 }: Place): string {
  const { gap, newScore, mineScore } = worstOf(report);
  const own = report.features.find(({ feature }) => feature === report.feature);
  const blamed =
    own === undefined
      ? `feature ${report.feature ?? ''}`
      : `feature ${own.feature} (alone ${percent(own.newScore)} %, gold ${percent(own.mineScore)} %)`;
  return (
    `the looks of the rows of round ${round} tell their labels with ${percent(newScore)} % balanced accuracy, those of gold ` +
    `with ${percent(mineScore)} %: a gap of ${percent(gap)} points, at most ${params.artefactGapMaxPoints} are expected. ` +
    `Look at ${blamed}: a student would learn it instead of the task.`
  );
}

function factsOf(report: ArtefactReport, before: ArtefactReport): Record<string, Json> {
  const worst = worstOf(report);
  const own = report.features.find(({ feature }) => feature === report.feature);
  return {
    artefactGap: round(worst.gap),
    artefactError: round(worst.standardError),
    artefactGapBefore: round(worstOf(before).gap),
    feature: report.feature ?? '',
    ...(own === undefined ? {} : { featureScore: round(own.newScore), featureGap: round(own.gap) }),
  };
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
