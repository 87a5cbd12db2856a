/** What became of main's written rows on their way into the data: by reason and label, and by round. */
import type { Section, SectionBlock } from '../../report';
import type { EarlierRow, PublishContext, Reader } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import type { SiftedRow, WriteData, WrittenRow } from './records';
import { MAIN } from './report-read-rounds';
import type { Facts } from './report-words';
import { list, numberOf, percent, shareOf, text } from './report-words';
import { UNPARSED } from './stages/preflight-gate';
import type { SiftData } from './stages/sift-plan';

type Context = PublishContext<ErrorExtrapolationParams>;

/** Columns of a table that is read, not scrolled. */
const LABELS_SHOWN_MAX = 8;
const NO_LABEL = 'rows';

/** What became of one round's rows. */
interface RoundLosses {
  readonly round: number;
  planned: number;
  failed: number;
  /** Answers in which there was a row, whatever was wrong with it. */
  parsed: number;
  /** Passed the filters of their own stage. */
  written: number;
  judged: number;
  agreed: number;
  sifted: number;
  accepted: number;
}

interface Losses {
  readonly rounds: readonly RoundLosses[];
  /** By reason, then label. */
  readonly reasons: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly plannedByLabel: ReadonlyMap<string, number>;
  readonly acceptedByLabel: ReadonlyMap<string, number>;
}

class Tally implements Losses {
  readonly rounds: RoundLosses[] = [];
  readonly reasons = new Map<string, Map<string, number>>();
  readonly plannedByLabel = new Map<string, number>();
  readonly acceptedByLabel = new Map<string, number>();

  begin(round: number): RoundLosses {
    const counts = {
      planned: 0,
      failed: 0,
      parsed: 0,
      written: 0,
      judged: 0,
      agreed: 0,
      sifted: 0,
      accepted: 0,
    };
    const losses: RoundLosses = { round, ...counts };
    this.rounds.push(losses);
    return losses;
  }

  lose(reason: string, label: string): void {
    const byLabel = this.reasons.get(reason) ?? new Map<string, number>();
    this.reasons.set(reason, byLabel);
    bump(byLabel, label);
  }
}

/** Also of a round that was written and then discarded, or never trained on: it stands behind the last. */
export async function tallyLosses({ read }: Context, last: number): Promise<Losses> {
  const tally = new Tally();
  for (let round = 0; round <= last + 1; round += 1) {
    const planned = (await read.stage(writingStage(round)))?.counts.planned ?? 0;
    if (planned === 0) continue;
    const losses = tally.begin(round);
    await tallyWriting(read, tally, losses);
    await tallySift(read, tally, losses);
  }
  return tally;
}

async function tallyWriting(read: Reader, tally: Tally, losses: RoundLosses): Promise<void> {
  const rows = read.outcomes<WriteData, WrittenRow>(writingStage(losses.round));
  for await (const { row, state, reason = state } of rows) {
    const label = row.data.label ?? NO_LABEL;
    losses.planned += 1;
    bump(tally.plannedByLabel, label);
    if (state === 'failed') losses.failed += 1;
    else if (!UNPARSED.includes(reason)) losses.parsed += 1;
    if (state === 'accepted') losses.written += 1;
    else tally.lose(state === 'failed' ? `failed: ${reason}` : reason, label);
  }
}

function writingStage(round: number): string {
  return round === 0 ? stageAt(MAIN, 'seed') : stageAt(MAIN, 'extrapolate', round);
}

/** The gate's rows are the sift's accepted ones, in the same order: the two are read side by side. */
async function tallySift(read: Reader, tally: Tally, losses: RoundLosses): Promise<void> {
  const gate = read.outcomes<unknown, SiftedRow>(stageAt(MAIN, 'gate', losses.round))[Symbol.asyncIterator]();
  const sift = read.outcomes<SiftData, SiftedRow>(stageAt(MAIN, 'sift', losses.round));
  for await (const { row, state, reason = state, record } of sift) {
    const label = row.data.written.label ?? NO_LABEL;
    if (reason === 'label-disagrees' || record?.judge !== undefined) losses.judged += 1;
    if (state !== 'accepted') {
      tally.lose(state === 'failed' ? `failed: ${reason}` : reason, label);
      continue;
    }
    losses.sifted += 1;
    if (record?.judge !== undefined) losses.agreed += 1;
    const passed = await gate.next();
    if (passed.done !== true) tallyGate(tally, losses, label, passed.value);
  }
}

function tallyGate(
  tally: Tally,
  losses: RoundLosses,
  label: string,
  { state, reason = state }: EarlierRow<unknown, SiftedRow>,
): void {
  if (state !== 'accepted') return tally.lose(reason, label);
  losses.accepted += 1;
  bump(tally.acceptedByLabel, label);
}

function bump(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Reason × label, the commonest reasons first. Labels are those that rows were asked for. */
export function filtersSection({ params }: Context, losses: Losses): Section {
  const title = 'Filters';
  const planned = sum(losses.plannedByLabel);
  if (planned === 0) return { title, blocks: [text('No row was written.')] };
  const labels = shownLabels(
    params.task.labels.map(({ id }) => id),
    losses.plannedByLabel,
  );
  const rest = [...losses.plannedByLabel.keys()].filter((label) => !labels.includes(label));
  const cells = (counts: ReadonlyMap<string, number>): number[] => [
    ...labels.map((label) => counts.get(label) ?? 0),
    ...(rest.length === 0 ? [] : [rest.reduce((total, label) => total + (counts.get(label) ?? 0), 0)]),
    sum(counts),
  ];
  const reasons = [...losses.reasons].sort(([a, x], [b, y]) => sum(y) - sum(x) || (a < b ? -1 : 1));
  const rows = [
    ['planned', ...cells(losses.plannedByLabel)],
    ...reasons.map(([reason, counts]) => [reason, ...cells(counts)]),
    ['accepted', ...cells(losses.acceptedByLabel)],
  ];
  const others = rest.length === 0 ? [] : [`${rest.length} other labels`];
  const single = labels.length === 1 && labels[0] === NO_LABEL;
  const columns = ['', ...(single ? [] : [...labels, ...others]), 'all'];
  const blocks: SectionBlock[] = [
    text(
      'Rows of main, replicate 1, over all its rounds. Each planned row ends in one line; labels are those that were asked for.',
    ),
    { type: 'table', columns, rows: single ? rows.map((row) => [row[0]!, row.at(-1)!]) : rows },
  ];
  return { title, blocks };
}

function shownLabels(labels: readonly string[], planned: ReadonlyMap<string, number>): string[] {
  if (planned.has(NO_LABEL)) return [NO_LABEL];
  if (labels.length <= LABELS_SHOWN_MAX) return [...labels];
  const most = [...labels]
    .sort((a, b) => (planned.get(b) ?? 0) - (planned.get(a) ?? 0))
    .slice(0, LABELS_SHOWN_MAX);
  return labels.filter((label) => most.includes(label));
}

export function qualitySection({ rounds }: Losses, preflight: Facts): Section {
  const columns = [
    'round',
    'planned',
    'answers with a row, %',
    'through the filters of writing, %',
    'judge agrees, %',
    'accepted',
    'of planned, %',
  ];
  const rows = rounds.map((one) => [
    String(one.round),
    one.planned,
    percent(shareOf(one.parsed, one.planned - one.failed)),
    percent(shareOf(one.written, one.planned)),
    percent(shareOf(one.agreed, one.judged)),
    one.accepted,
    percent(shareOf(one.accepted, one.planned)),
  ]);
  return {
    title: 'Quality of the answers',
    blocks: [...list(preflightWords(preflight)), { type: 'table', columns, rows }],
  };
}

const JUDGES: Readonly<Record<string, string>> = {
  llm: 'Labels were judged by the model (majority of its votes).',
  'gold-student': 'Labels were judged by students of gold, which reject what they think very unlikely.',
  off: 'Nobody judged labels.',
};

function preflightWords(facts: Facts): string[] {
  const measured: readonly (readonly [string, string])[] = [
    ['parsed', 'previews that could be read'],
    ['agreed', 'seed previews the judge agrees with'],
    ['zeroShot', 'mine rows the model labels right without examples'],
    ['crossFit', 'the same rows, by students of gold that had not seen them'],
  ];
  const said = measured.flatMap(([name, words]) => {
    const share = numberOf(facts[name]);
    return share === undefined ? [] : [`${words} ${percent(share)} %`];
  });
  const judge = JUDGES[String(facts['judge'])];
  return [
    ...(judge === undefined ? [] : [judge]),
    ...(said.length === 0 ? [] : [`Before the seed: ${said.join(', ')}.`]),
  ];
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
