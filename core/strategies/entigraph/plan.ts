/** How many units a tranche takes, and which. Lengths are not known before, so an arm is planned in slices. */
import type { PlanContext, PlannedRow } from '../../strategy';
import { BYTES_PER_TOKEN } from '../../text/tokens';
import { interleaveLazily } from './interleave';
import type { EntigraphParams } from './params';
import type { Document, DocumentEntities, EntigraphRecord, RelateData, SelectData } from './records';
import { unitsOf } from './tuples';
import type { Unit, UnitSource } from './tuples';

const TRANCHE_ROWS_MIN = 20;
const TRANCHE_ROWS_MAX = 20_000;
/** Summaries included, which make no calls. */
const TRANCHE_UNITS_MAX = 2 * TRANCHE_ROWS_MAX;
/** The texts of one tranche are held at once when they are selected. */
const TRANCHE_BYTES_MAX = 192 * 1024 ** 2;
/** A tranche aims a little short of the target, so that the last one is small. */
const AIM = 0.9;
/** Calls of a relation row at most: an answer and one new draw. */
const CALLS_PER_ROW_MAX = 2;

type Context = PlanContext<EntigraphParams>;

/** Rows for what remains of a target, at `mean` tokens (or calls) a row; `left` rows exist. */
export function trancheRows(remaining: number, mean: number, left: number): number {
  const wanted = mean === 0 ? TRANCHE_ROWS_MIN : Math.ceil((AIM * remaining) / mean);
  return Math.min(left, Math.max(TRANCHE_ROWS_MIN, Math.min(wanted, TRANCHE_ROWS_MAX)));
}

export async function* planRelations(context: Context): AsyncIterable<PlannedRow<RelateData>> {
  const { read, params, seed } = context;
  const documents: UnitSource[] = [];
  const weights: number[] = [];
  let sourceTokens = 0;
  for await (const item of read.collection<DocumentEntities>('canonicalise/entities')) {
    documents.push(unitSource(item));
    weights.push(weightOf(item.tokens, params.documentQuota));
    sourceTokens += item.tokens;
  }
  const units = interleaveLazily(
    documents.map((document) => unitsOf(document, params, seed)),
    weights,
  );
  let order = 0;
  let calls = 0;
  for (const done = await plannedBefore(context); order < done; order += 1) {
    const next = units.next();
    if (next.done !== true && next.value.unit.kind !== 'summary') calls += 1;
  }
  const rows = await callingRows(context, sourceTokens, documents.length, calls);
  if (rows === 0) return;
  const byDocument = new Map<number, { unit: Unit; order: number }[]>();
  const end = order + TRANCHE_UNITS_MAX;
  for (let taken = 0; taken < rows && order < end; order += 1) {
    const next = units.next();
    if (next.done === true) break;
    const { document, unit } = next.value;
    if (unit.kind !== 'summary') taken += 1;
    if (!byDocument.has(document)) byDocument.set(document, []);
    byDocument.get(document)!.push({ unit, order });
  }
  // By document: rows that share a prompt's beginning stand together.
  for (const ordinal of [...byDocument.keys()].sort((a, b) => a - b)) {
    const [item] = await read.items<DocumentEntities>('canonicalise/entities', [ordinal]);
    if (item === undefined) throw new Error(`canonicalise/entities has no item ${ordinal}`);
    for (const { unit, order: place } of byDocument.get(ordinal)!) yield rowFor(item, ordinal, unit, place);
  }
}

function rowFor(item: DocumentEntities, ordinal: number, unit: Unit, order: number): PlannedRow<RelateData> {
  const { docHash, firstWindow } = item;
  const { kind, sample, windows } = unit;
  const entityIds = unit.entities.map((entity) => item.entities[entity]!.id);
  const name = kind === 'summary' ? `summary/${windows[0]}` : `relate/${entityIds.join('+')}/${sample}`;
  return {
    key: `${docHash}/${name}`,
    sources: {
      entities: [ordinal],
      documents: [ordinal],
      windows: windows.map((window) => firstWindow + window),
    },
    data: { docHash, kind, entityIds, sample, windows, order },
  };
}

function unitSource({ docHash, windowCount, entities, summaries }: DocumentEntities): UnitSource {
  return {
    docHash,
    windowCount,
    entityCount: entities.length,
    entityWindows: windowCount === 1 ? [] : entities.map(({ windows }) => windows),
    summaryWindows: summaries.map(({ window }) => window),
  };
}

function weightOf(tokens: number, quota: EntigraphParams['documentQuota']): number {
  if (quota === 'equal') return 1;
  return quota === 'length' ? tokens : Math.sqrt(tokens);
}

/** Accepted tokens that end the job; undefined where the target is counted in calls. */
export function targetTokens({ target }: EntigraphParams, sourceTokens: number): number | undefined {
  if (target.tokens !== undefined) return target.tokens;
  return target.sourceMultiple === undefined ? undefined : Math.ceil(target.sourceMultiple * sourceTokens);
}

/** Sum over the documents, as {@link targetTokens} needs it. */
export async function sourceTokensOf(read: Context['read']): Promise<number> {
  let tokens = 0;
  for await (const document of read.collection<Document>('ingest/documents')) tokens += document.tokens;
  return tokens;
}

/** Tranches are slices of one order, so the last one's end is the next one's beginning. */
async function plannedBefore({ read, plan }: Context): Promise<number> {
  let done = 0;
  if (plan === 0) return done;
  for await (const { row } of read.outcomes<RelateData, unknown>('entigraph', plan - 1)) {
    done = Math.max(done, row.data.order + 1);
  }
  return done;
}

/** Rows with a call that this tranche may hold; 0 when the target is met. `planned` such rows went before. */
async function callingRows(
  context: Context,
  sourceTokens: number,
  documents: number,
  planned: number,
): Promise<number> {
  const { params, plan } = context;
  const textMax = Math.floor(TRANCHE_BYTES_MAX / (params.completionTokensMax * BYTES_PER_TOKEN));
  const first = Math.min(Math.max(TRANCHE_ROWS_MIN, documents), TRANCHE_ROWS_MAX);
  const tokens = targetTokens(params, sourceTokens);
  if (tokens !== undefined) {
    if (plan === 0) return Math.min(first, textMax);
    const accepted = await acceptedTokens(context);
    const remaining = tokens - accepted.all;
    if (remaining <= 0) return 0;
    const mean = planned === 0 ? 0 : accepted.called / planned;
    return Math.min(trancheRows(remaining, mean, Infinity), textMax);
  }
  const spent = plan === 0 ? 0 : (await context.spent('entigraph')).calls;
  const remaining = (params.target.calls ?? 0) - spent;
  const affordable = Math.max(0, Math.floor(remaining / CALLS_PER_ROW_MAX));
  const wanted = plan === 0 ? first : trancheRows(remaining, planned === 0 ? 0 : spent / planned, Infinity);
  return Math.min(wanted, affordable, textMax);
}

async function acceptedTokens({ read }: Context): Promise<{ all: number; called: number }> {
  let all = 0;
  let called = 0;
  for await (const { record } of read.outcomes<SelectData, EntigraphRecord>('select-entigraph')) {
    if (record === undefined) continue;
    all += record.tokens;
    if (record.kind !== 'summary') called += record.tokens;
  }
  return { all, called };
}
