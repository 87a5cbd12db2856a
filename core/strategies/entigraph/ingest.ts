/** Stage `ingest`: documents without duplicates, and their windows. */
import type { Json } from '../../json';
import { Problem } from '../../problem';
import { BLOCK_SAMPLES_MAX, BLOCK_SAMPLE_CHARACTERS_MAX } from '../../story/limits';
import type { TransformContext, TransformResult, TransformStage } from '../../strategy';
import { estimateTokens } from '../../text/tokens';
import { DocumentIds, readDocument } from './documents';
import type { GivenDocument } from './documents';
import type { EntigraphParams } from './params';
import type { Document, Window } from './records';
import { cutWindows } from './windows';

type Context = TransformContext<EntigraphParams>;

export const ingest: TransformStage<EntigraphParams> = {
  kind: 'transform',
  title: 'Read the documents, drop duplicates, cut windows',
  transform: ingestDocuments,
};

async function ingestDocuments(context: Context): Promise<TransformResult> {
  const documents = new Map<string, Document>();
  const faults: Problem[] = [];
  const ids = new DocumentIds();
  let windows = 0;
  let faulty = 0;
  let duplicates = 0;
  for await (const item of context.read.input('documents')) {
    const given = readDocument(item);
    const problem = given instanceof Problem ? given : ids.add(given, item);
    if (problem !== undefined || given instanceof Problem) {
      faulty += 1;
      if (problem !== undefined && faults.length < BLOCK_SAMPLES_MAX) faults.push(problem);
      continue;
    }
    const known = documents.get(given.docHash);
    if (known !== undefined) {
      duplicates += 1;
      documents.set(given.docHash, withId(known, given.docId));
      continue;
    }
    const windowCount = await writeWindows(context, given);
    documents.set(given.docHash, describe(given, windows, windowCount));
    windows += windowCount;
  }
  const block = blockFor(context, faults, faulty, documents.size);
  if (block !== undefined) return block;
  // By hash: later stages and ties between documents follow this order, whatever order the files had.
  const sorted = [...documents.values()].sort((a, b) => (a.docHash < b.docHash ? -1 : 1));
  for (const document of sorted) await context.write('documents', document as unknown as Json);
  const sum = (of: (document: Document) => number): number =>
    sorted.reduce((total, item) => total + of(item), 0);
  const characters = sum((document) => document.characters);
  const tokens = sum((document) => document.tokens);
  return { facts: { documents: sorted.length, windows, characters, tokens, duplicates, dropped: faulty } };
}

function withId(document: Document, docId: string): Document {
  return document.docIds.includes(docId) ? document : { ...document, docIds: [...document.docIds, docId] };
}

function describe(
  { text, docId, ...given }: GivenDocument,
  firstWindow: number,
  windowCount: number,
): Document {
  const { docHash, ...known } = given;
  const tokens = estimateTokens(text);
  return { docHash, docIds: [docId], ...known, characters: text.length, tokens, firstWindow, windowCount };
}

async function writeWindows({ params, write }: Context, { docHash, text }: GivenDocument): Promise<number> {
  const limits = { tokensMax: params.windowTokensMax, overlapTokens: params.windowOverlapTokens };
  const spans = cutWindows(text, limits);
  for (const [index, { from, to }] of spans.entries()) {
    const part = text.slice(from, to).trim();
    const item: Window = { docHash, window: index, text: part, tokens: estimateTokens(part) };
    await write('windows', item as unknown as Json);
  }
  return spans.length;
}

function blockFor(
  context: Context,
  faults: readonly Problem[],
  faulty: number,
  documents: number,
): TransformResult | undefined {
  const code = faults[0]?.code ?? 'documents-invalid';
  const samples = faults.map(({ message }) => message.slice(0, BLOCK_SAMPLE_CHARACTERS_MAX));
  // Both kinds of bad lines go the same way, so one answer settles both.
  const dropped = [...BAD_LINE_CODES].some((bad) => context.choice(bad) === 'drop-lines');
  if (faulty > 0 && !dropped) {
    const message = `${faulty} of the input's documents cannot be used. Go on without them, or start again with better files.`;
    return { facts: {}, block: { code, message, samples, choices: ['drop-lines'] } };
  }
  if (documents > 0) return undefined;
  const message = 'No document is left to work on. Start a new job with at least one usable document.';
  return { facts: {}, block: { code: 'no-documents', message, samples, choices: [] } };
}

const BAD_LINE_CODES = ['documents-invalid', 'document-id-conflict'] as const;
