/** Stage `select-entigraph`: which of a tranche's texts become the dataset. No calls. */
import type { Json } from '../../json';
import { accept, reject } from '../../strategy';
import type { PlanContext, PlannedRow, RowsStage, Step, StepContext } from '../../strategy';
import { jaccard, minhashBands, shingles } from '../../text/near-duplicates';
import { words } from '../../text/words';
import type { EntigraphParams } from './params';
import { sourceTokensOf, targetTokens } from './plan';
import type { EntigraphRecord, RelateData, RelateRecord, SelectData } from './records';
import { parseParts } from './sections';

type Context = PlanContext<EntigraphParams>;

export const select: RowsStage<EntigraphParams, SelectData> = {
  kind: 'rows',
  title: 'Drop near-duplicates, cut at the target',
  dataset: true,
  reads: {},
  plan: planSelection,
  step: stepSelection,
};

function stepSelection({ row }: StepContext<EntigraphParams, SelectData>): Step {
  const { record, duplicateOf } = row.data;
  if (duplicateOf !== undefined) return reject('duplicate-near', `repeats ${duplicateOf}`);
  return accept(record as unknown as Json, record.tokens);
}

interface Candidate {
  readonly key: string;
  readonly record: RelateRecord;
  readonly callKeys: readonly string[];
  readonly bands: readonly number[];
  duplicateOf?: string;
}

/** One tranche's texts are in memory, of earlier tranches only the text at hand. */
async function* planSelection(context: Context): AsyncIterable<PlannedRow<SelectData>> {
  const { params, read } = context;
  const compares = params.nearDuplicateMin < 1;
  const candidates: Candidate[] = [];
  for await (const { row, record, callKeys } of read.outcomes<RelateData, RelateRecord>(
    'entigraph',
    context.plan,
  )) {
    if (record === undefined) continue;
    const bands = compares ? minhashBands(textShingles(record.text)) : [];
    // A summary's calls are the extraction's; its own row made none.
    candidates.push({
      key: row.key,
      record,
      callKeys: callKeys.length > 0 ? callKeys : record.callKeys,
      bands,
    });
  }
  candidates.sort((a, b) => a.record.position - b.record.position);
  const earlierTokens = await compareWithEarlier(context, candidates);
  if (compares) compareWithin(candidates, params.nearDuplicateMin);
  const target = targetTokens(params, await sourceTokensOf(read)) ?? Infinity;
  let tokens = earlierTokens;
  for (const { key, record, callKeys, bands, duplicateOf } of candidates) {
    const selected: EntigraphRecord = {
      ...record,
      id: key,
      arm: 'entigraph',
      surplus: tokens >= target,
      callKeys,
    };
    if (duplicateOf === undefined) tokens += record.tokens;
    const data = { record: selected, bands, ...(duplicateOf === undefined ? {} : { duplicateOf }) };
    yield { key, sources: {}, data };
  }
}

/** Marks candidates that repeat a text of an earlier tranche; returns the tokens accepted there. */
async function compareWithEarlier(
  { params, read, plan }: Context,
  candidates: readonly Candidate[],
): Promise<number> {
  const index = new BandIndex();
  for (const candidate of candidates) index.add(candidate);
  let tokens = 0;
  for (let earlier = 0; earlier < plan; earlier += 1) {
    for await (const { row, record } of read.outcomes<SelectData, EntigraphRecord>(
      'select-entigraph',
      earlier,
    )) {
      if (record === undefined) continue;
      tokens += record.tokens;
      for (const candidate of index.alike(record.docHash, row.data.bands)) {
        if (isRepeat(candidate.record.text, record.text, params.nearDuplicateMin))
          candidate.duplicateOf ??= row.key;
      }
    }
  }
  return tokens;
}

function compareWithin(candidates: readonly Candidate[], similarityMin: number): void {
  const index = new BandIndex();
  for (const candidate of candidates) {
    if (candidate.duplicateOf !== undefined) continue;
    const repeated = index
      .alike(candidate.record.docHash, candidate.bands)
      .find((earlier) => isRepeat(candidate.record.text, earlier.record.text, similarityMin));
    if (repeated === undefined) index.add(candidate);
    else candidate.duplicateOf = repeated.key;
  }
}

/** Candidates of one document that share a MinHash band. */
class BandIndex {
  private readonly byBand = new Map<string, Candidate[]>();

  add(candidate: Candidate): void {
    for (const key of bandKeys(candidate.record.docHash, candidate.bands)) {
      const sharing = this.byBand.get(key);
      if (sharing === undefined) this.byBand.set(key, [candidate]);
      else sharing.push(candidate);
    }
  }

  alike(docHash: string, bands: readonly number[]): Candidate[] {
    return [...new Set(bandKeys(docHash, bands).flatMap((key) => this.byBand.get(key) ?? []))];
  }
}

function bandKeys(docHash: string, bands: readonly number[]): string[] {
  return bands.map((hash, band) => `${docHash.slice(0, 16)}/${band}/${hash}`);
}

function isRepeat(a: string, b: string, similarityMin: number): boolean {
  return jaccard(textShingles(a), textShingles(b)) >= similarityMin;
}

/** Headings are alike in all texts of a tuple and say nothing about repetition. */
function textShingles(text: string): ReadonlySet<string> {
  const bodies = parseParts(text).map(({ body }) => body);
  return shingles(words(bodies.length > 0 ? bodies.join('\n') : text));
}
