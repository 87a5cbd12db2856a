/** Stage `assemble`: the corpus as training text, and what it covers of its sources. */
import type { Json } from '../../json';
import type { TransformContext, TransformResult, TransformStage } from '../../strategy';
import { overlapWith } from '../../text/ngrams';
import { sentences } from '../../text/sentences';
import { words } from '../../text/words';
import { countNeedle, needleOf, searchable } from './entity-key';
import type { EntigraphParams } from './params';
import { sourceTokensOf, targetTokens } from './plan';
import { gramsOf } from './source-window';
import type { DocumentEntities, EntigraphRecord, SelectData, Window } from './records';

type Context = TransformContext<EntigraphParams>;

/** n-gram overlap is measured on a prefix of the corpus, which is balanced over the documents. */
const OVERLAP_RECORDS_MAX = 1_000;
const COVERAGE_DOCUMENTS_MAX = 1_000;
export const OVERLAP_SIZES = [2, 4, 8, 16] as const;

export const assemble: TransformStage<EntigraphParams> = {
  kind: 'transform',
  title: 'Write the corpus and measure it against its sources',
  transform: assembleCorpus,
};

async function assembleCorpus(context: Context): Promise<TransformResult> {
  const { read, params } = context;
  const overlap = new OverlapMeter(context);
  const used = new Map<string, Set<string>>();
  const counts = { records: 0, tokens: 0, surplus: 0 };
  // Tranches are slices of one order and each is planned by position: the stream goes by position.
  for await (const { record } of read.outcomes<SelectData, EntigraphRecord>('select-entigraph')) {
    if (record === undefined) continue;
    if (record.surplus) {
      counts.surplus += 1;
      continue;
    }
    const { text, checks: _checks, ...meta } = record;
    await context.write('corpus-entigraph', { text, meta } as unknown as Json);
    counts.records += 1;
    counts.tokens += record.tokens;
    if (counts.records <= OVERLAP_RECORDS_MAX) await overlap.add(record);
    if (!used.has(record.docHash)) used.set(record.docHash, new Set());
    for (const { id } of record.entities) used.get(record.docHash)!.add(id);
  }
  const target = targetTokens(params, await sourceTokensOf(read));
  const exhausted = target !== undefined && counts.tokens < target;
  const coverage = await measureCoverage(context, used);
  return {
    facts: {
      documents: used.size,
      ...counts,
      ...(target === undefined ? {} : { target }),
      exhausted,
      ...coverage,
      ...overlap.shares(),
    },
  };
}

/** How many n-grams of the texts stand in their documents, over all texts measured. */
class OverlapMeter {
  private readonly hits = OVERLAP_SIZES.map(() => 0);
  private readonly totals = OVERLAP_SIZES.map(() => 0);
  private firstWindows: Map<string, DocumentEntities> | undefined;

  constructor(private readonly context: Context) {}

  async add({ docHash, text, windowIds }: EntigraphRecord): Promise<void> {
    const item = (await this.documents()).get(docHash);
    if (item === undefined) return;
    const ordinals = windowIds.map((id) => item.firstWindow + Number(id.slice(id.lastIndexOf('/') + 1)));
    const windows = await this.context.read.items<Window>('ingest/windows', ordinals);
    const textWords = words(text);
    for (const [index, n] of OVERLAP_SIZES.entries()) {
      const { hits, total } = overlapWith(
        textWords,
        windows.map((window) => gramsOf(window, n)),
        n,
      );
      this.hits[index]! += hits;
      this.totals[index]! += total;
    }
  }

  shares(): Record<string, number> {
    const entries = OVERLAP_SIZES.map((n, index) => {
      const total = this.totals[index]!;
      return [`overlap${n}`, total === 0 ? 0 : round(this.hits[index]! / total)];
    });
    return Object.fromEntries(entries) as Record<string, number>;
  }

  private async documents(): Promise<Map<string, DocumentEntities>> {
    if (this.firstWindows !== undefined) return this.firstWindows;
    this.firstWindows = new Map();
    for await (const item of this.context.read.collection<DocumentEntities>('canonicalise/entities')) {
      this.firstWindows.set(item.docHash, { ...item, entities: [], summaries: [] });
    }
    return this.firstWindows;
  }
}

/** Share of source sentences that mention an entity which some text of the corpus is about. */
async function measureCoverage(
  { read }: Context,
  used: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<{ sentences: number; coverage: number }> {
  let total = 0;
  let touched = 0;
  let documents = 0;
  for await (const item of read.collection<DocumentEntities>('canonicalise/entities')) {
    documents += 1;
    if (documents > COVERAGE_DOCUMENTS_MAX) break;
    const names = item.entities
      .filter(({ id }) => used.get(item.docHash)?.has(id) === true)
      .flatMap(({ name, aliases }) => [name, ...aliases].map(needleOf));
    const ordinals = Array.from({ length: item.windowCount }, (_, window) => item.firstWindow + window);
    for (const window of await read.items<Window>('ingest/windows', ordinals)) {
      for (const sentence of sentences(window.text)) {
        const place = searchable(sentence);
        total += 1;
        if (names.some((name) => countNeedle(name, place) > 0)) touched += 1;
      }
    }
  }
  return { sentences: total, coverage: total === 0 ? 0 : round(touched / total) };
}

function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
