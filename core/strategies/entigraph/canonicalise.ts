/** Stage `canonicalise`: one clean list of entities per document, with the windows that mention each. */
import type { Json } from '../../json';
import type { EarlierRow, TransformContext, TransformResult, TransformStage } from '../../strategy';
import { cleanEntities } from './entities';
import type { EntigraphParams } from './params';
import type { Document, DocumentEntities, Extraction, Window } from './records';

type Context = TransformContext<EntigraphParams>;
type ExtractionRow = EarlierRow<{ docHash: string; window: number }, Extraction>;

const TITLE_CHARACTERS_MAX = 80;

export const canonicalise: TransformStage<EntigraphParams> = {
  kind: 'transform',
  title: 'Merge names of the same entity, drop what the document does not say',
  transform: canonicaliseDocuments,
};

async function canonicaliseDocuments(context: Context): Promise<TransformResult> {
  const counts = new Map<string, number>();
  const count = (name: string, by = 1): void => void counts.set(name, (counts.get(name) ?? 0) + by);
  // Both streams go by document, in the same order.
  const rows = context.read
    .outcomes<{ docHash: string; window: number }, Extraction>('extract')
    [Symbol.asyncIterator]();
  let next = await rows.next();
  let docOrdinal = 0;
  for await (const document of context.read.collection<Document>('ingest/documents')) {
    const extractions: ExtractionRow[] = [];
    while (!next.done && next.value.row.data.docHash === document.docHash) {
      if (next.value.record !== undefined) extractions.push(next.value);
      if (next.value.record?.textOnly === true) count('windowsFromTextOnly');
      next = await rows.next();
    }
    const item = await describe(context, document, docOrdinal, extractions, count);
    await context.write('entities', item as unknown as Json);
    count('documents');
    count('entities', item.entities.length);
    if (item.entities.length < 2) count('documentsWithoutPairs');
    docOrdinal += 1;
  }
  return { facts: Object.fromEntries(counts) };
}

async function describe(
  { params, read, write }: Context,
  document: Document,
  docOrdinal: number,
  extractions: readonly ExtractionRow[],
  count: (name: string) => void,
): Promise<DocumentEntities> {
  const { docHash, docIds, author, date, tokens, firstWindow, windowCount } = document;
  const ordinals = Array.from({ length: windowCount }, (_, window) => firstWindow + window);
  const windows = await read.items<Window>('ingest/windows', ordinals);
  const found = extractions.flatMap(({ row, record }) =>
    (record?.entities ?? []).map((entity) => ({ ...entity, window: row.data.window })),
  );
  const { entities, merges } = cleanEntities(
    found,
    windows.map(({ text }) => text),
    params,
  );
  for (const merge of merges) {
    count(`${merge.kind}: ${merge.reason}`);
    await write('merges', { docHash, ...merge });
  }
  const generated = extractions.map(({ record }) => record?.title).find((title) => title !== undefined);
  const summaries = extractions
    .filter(({ record }) => record !== undefined && record.summary !== '')
    .map(({ row, record, callKeys }) => ({ window: row.data.window, text: record?.summary ?? '', callKeys }));
  return {
    docHash,
    docOrdinal,
    docIds,
    title: document.title ?? generated ?? firstLine(windows[0]?.text ?? ''),
    titleGenerated: document.title === undefined,
    ...(author === undefined ? {} : { author }),
    ...(date === undefined ? {} : { date }),
    tokens,
    firstWindow,
    windowCount,
    entities,
    summaries,
  };
}

function firstLine(text: string): string {
  return (/[^\n#]+/u.exec(text)?.[0] ?? '').trim().slice(0, TITLE_CHARACTERS_MAX);
}
