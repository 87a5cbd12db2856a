/** The strategy's own part of report and card: what was found, what was lost, and how far the texts are from their sources. */
import type { Section, SectionBlock } from '../../report';
import type { PublishContext, StrategyReport } from '../../strategy';
import { OVERLAP_SIZES } from './assemble';
import type { EntigraphParams } from './params';
import type { DocumentEntities, EntigraphRecord, RelateData, SelectData } from './records';

type Context = PublishContext<EntigraphParams>;

const DOCUMENTS_SHOWN_MAX = 50;
const SAMPLES = 3;
const SAMPLE_CHARACTERS_MAX = 1_500;

interface DocumentTally {
  readonly title: string;
  readonly entities: number;
  readonly sourceTokens: number;
  accepted: number;
  tokens: number;
  readonly losses: Map<string, number>;
}

interface Tally {
  readonly documents: Map<string, DocumentTally>;
  /** Documents beyond those shown are counted in the totals only. */
  documentCount: number;
  readonly losses: Map<string, number>;
  readonly kinds: Map<string, { records: number; tokens: number }>;
  readonly samples: { readonly title: string; readonly text: string }[];
}

export async function reportEntigraph(context: Context): Promise<StrategyReport> {
  const tally = await tallyRows(context);
  const canonical = (await context.read.stage('canonicalise'))?.facts ?? {};
  const corpus = (await context.read.stage('assemble'))?.facts ?? {};
  return {
    sections: [
      entitiesSection(tally, canonical),
      lossesSection(tally),
      lengthsSection(tally, corpus),
      overlapSection(corpus),
      { title: 'Samples', blocks: [{ type: 'samples', samples: tally.samples }] },
    ],
  };
}

async function tallyRows({ read }: Context): Promise<Tally> {
  const tally: Tally = {
    documents: new Map(),
    documentCount: 0,
    losses: new Map(),
    kinds: new Map(),
    samples: [],
  };
  for await (const { docHash, title, entities, tokens } of read.collection<DocumentEntities>(
    'canonicalise/entities',
  )) {
    tally.documentCount += 1;
    if (tally.documents.size >= DOCUMENTS_SHOWN_MAX) continue;
    const counts = {
      title,
      entities: entities.length,
      sourceTokens: tokens,
      accepted: 0,
      tokens: 0,
      losses: new Map<string, number>(),
    };
    tally.documents.set(docHash, counts);
  }
  for await (const { row, state, reason } of read.outcomes<RelateData, unknown>('entigraph')) {
    if (state !== 'accepted') countLoss(tally, row.data.docHash, reason ?? state);
  }
  for await (const { row, record, reason } of read.outcomes<SelectData, EntigraphRecord>(
    'select-entigraph',
  )) {
    if (record === undefined) countLoss(tally, row.data.record.docHash, reason ?? 'duplicate-near');
    else countRecord(tally, record);
  }
  return tally;
}

function countLoss(tally: Tally, docHash: string, reason: string): void {
  bump(tally.losses, reason);
  const document = tally.documents.get(docHash);
  if (document !== undefined) bump(document.losses, reason);
}

function countRecord(tally: Tally, { docHash, kind, tokens, text, title, entities }: EntigraphRecord): void {
  const document = tally.documents.get(docHash);
  if (document !== undefined) {
    document.accepted += 1;
    document.tokens += tokens;
  }
  const counts = tally.kinds.get(kind) ?? { records: 0, tokens: 0 };
  tally.kinds.set(kind, { records: counts.records + 1, tokens: counts.tokens + tokens });
  // Summaries come first and say nothing about relations.
  if (kind !== 'summary' && tally.samples.length < SAMPLES) {
    const names = entities.map(({ name }) => name).join(', ');
    tally.samples.push({ title: `${title}: ${names}`, text: text.slice(0, SAMPLE_CHARACTERS_MAX) });
  }
}

function bump(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function descending(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function entitiesSection(
  { documents, documentCount }: Tally,
  canonical: Readonly<Record<string, unknown>>,
): Section {
  const drops = Object.entries(canonical).filter(([name]) => /^(?:drop|merge): /u.test(name));
  const rows = [...documents.values()].map(({ title, entities, sourceTokens }) => [
    title,
    sourceTokens,
    entities,
  ]);
  const shown =
    documentCount > documents.size
      ? [text(`The first ${documents.size} of ${documentCount} documents.`)]
      : [];
  return {
    title: 'Entities',
    blocks: [
      ...shown,
      { type: 'table', columns: ['document', 'source tokens', 'entities'], rows },
      {
        type: 'table',
        columns: ['dropped or merged', 'names'],
        rows: drops.map(([name, value]) => [name, Number(value)]),
      },
    ],
  };
}

function lossesSection({ documents, losses }: Tally): Section {
  const reasons = descending(losses);
  const shown = [...documents.values()];
  return {
    title: 'Outcomes and losses by document',
    blocks: [
      {
        type: 'bars',
        title: 'Texts by document: accepted, or why not',
        x: { label: 'document' },
        y: { label: 'texts' },
        stacked: true,
        categories: shown.map(({ title }) => title),
        series: [
          { name: 'accepted', tone: 'accepted', values: shown.map(({ accepted }) => accepted) },
          ...reasons.map(([reason]) => ({
            name: reason,
            values: shown.map((document) => document.losses.get(reason) ?? 0),
          })),
        ],
      },
    ],
  };
}

function lengthsSection({ documents, kinds }: Tally, corpus: Readonly<Record<string, unknown>>): Section {
  const byKind = [...kinds].map(([kind, { records, tokens }]) => [
    kind,
    records,
    tokens,
    Math.round(tokens / records),
  ]);
  const byDocument = [...documents.values()].map(({ title, sourceTokens, tokens }) => [
    title,
    Math.round((100 * tokens) / sourceTokens) / 100,
  ]);
  const facts = factsOf(corpus, ['documents', 'records', 'tokens', 'target', 'surplus']);
  const exhausted =
    'All tuples of the documents were used before the target was met. Raise samplesPerTupleMax or entitiesMax for more.';
  return {
    title: 'Corpus',
    blocks: [
      { type: 'facts', facts },
      ...(corpus['exhausted'] === true ? [text(exhausted)] : []),
      { type: 'table', columns: ['kind', 'records', 'tokens', 'mean tokens'], rows: byKind },
      tokensChart([...documents.values()]),
      { type: 'table', columns: ['document', 'multiple of the source'], rows: byDocument },
      text('Tokens are estimated at four bytes each.'),
    ],
  };
}

function tokensChart(documents: readonly DocumentTally[]): SectionBlock {
  return {
    type: 'bars',
    title: 'Tokens by document',
    x: { label: 'document' },
    y: { label: 'tokens' },
    categories: documents.map(({ title }) => title),
    series: [
      { name: 'source', tone: 'open', values: documents.map(({ sourceTokens }) => sourceTokens) },
      { name: 'corpus', values: documents.map(({ tokens }) => tokens) },
    ],
  };
}

function overlapSection(corpus: Readonly<Record<string, unknown>>): Section {
  const shares = OVERLAP_SIZES.map((n) => corpus[`overlap${n}`]);
  return {
    title: 'Distance from the source',
    blocks: [
      {
        type: 'bars',
        title: 'n-grams that stand in the source',
        caption:
          'Long runs of words in common mean copied text; short ones are names and the language itself.',
        x: { label: 'n' },
        y: { label: 'share of the texts’ n-grams', format: 'share' },
        categories: OVERLAP_SIZES.map(String),
        series: [
          {
            name: 'in the source',
            values: shares.map((share) => (typeof share === 'number' ? share : null)),
          },
        ],
      },
      text(
        `${percent(corpus['coverage'])} of the source’s sentences mention an entity that some text is about.`,
      ),
    ],
  };
}

function text(content: string): SectionBlock {
  return { type: 'text', text: content };
}

function percent(share: unknown): string {
  return typeof share === 'number' ? `${(100 * share).toFixed(2)} %` : 'not measured';
}

function factsOf(
  facts: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, string | number> {
  const entries = names.flatMap((name) => {
    const value = facts[name];
    return typeof value === 'number' || typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(entries);
}
