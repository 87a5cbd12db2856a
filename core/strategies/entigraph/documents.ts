/** Reads one item of the `documents` input: what a user gave, checked field by field. */
import { z } from 'zod';
import { sha256 } from '../../hash';
import { nearestName } from '../../nearest-name';
import { Problem } from '../../problem';
import type { InputItem } from '../../strategy';

const DOCUMENT_CHARACTERS_MIN = 200;
const DOCUMENT_CHARACTERS_MAX = 2_000_000;
const FIELD_CHARACTERS_MAX = 500;
const ID_CHARACTERS_MAX = 200;

const FIELDS = ['id', 'title', 'author', 'date', 'source', 'licence', 'text'] as const;

/** A CSV has no absent fields, only empty ones; numbers are as good as their digits. */
function field(charactersMax: number): z.ZodType<string | undefined> {
  return z.preprocess((value) => {
    const text = typeof value === 'number' ? String(value) : value;
    return text === null || (typeof text === 'string' && text.trim() === '') ? undefined : text;
  }, z.string().trim().max(charactersMax).optional());
}

const documentSchema = z.object({
  id: field(ID_CHARACTERS_MAX),
  title: field(FIELD_CHARACTERS_MAX),
  author: field(FIELD_CHARACTERS_MAX),
  date: field(FIELD_CHARACTERS_MAX),
  source: field(FIELD_CHARACTERS_MAX),
  licence: field(FIELD_CHARACTERS_MAX),
  text: z.string(),
});

export interface GivenDocument {
  readonly docHash: string;
  readonly docId: string;
  readonly title?: string;
  readonly author?: string;
  readonly date?: string;
  readonly source?: string;
  readonly licence?: string;
  readonly text: string;
}

/** The document, or a problem that names file, line and field. */
export function readDocument(item: InputItem): GivenDocument | Problem {
  const fault = (message: string): Problem =>
    new Problem(
      'documents-invalid',
      `${item.file}, line ${item.line}: ${message}`,
      `${item.file}:${item.line}`,
    );
  if (item.error !== undefined) return fault(item.error);
  const { value } = item;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault(
      `expected an object with a field "text", got ${Array.isArray(value) ? 'a list' : typeof value}`,
    );
  }
  const unknown = Object.keys(value).find((name) => !(FIELDS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const near = nearestName(unknown, FIELDS);
    const hint = near === undefined ? `known fields are ${FIELDS.join(', ')}` : `did you mean "${near}"?`;
    return fault(`unknown field "${unknown}"; ${hint}`);
  }
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fault(`field "${issue?.path.join('.') ?? 'text'}": ${issue?.message ?? 'is invalid'}`);
  }
  const { text: rawText, id, title, author, ...rest } = parsed.data;
  const text = normaliseText(rawText);
  if (text.length < DOCUMENT_CHARACTERS_MIN || text.length > DOCUMENT_CHARACTERS_MAX) {
    const limits = `${DOCUMENT_CHARACTERS_MIN} to ${DOCUMENT_CHARACTERS_MAX.toLocaleString('en')} characters`;
    return fault(`field "text": expected ${limits}, got ${text.length.toLocaleString('en')}`);
  }
  const docHash = sha256(text);
  const named = title ?? (/\.(?:txt|md)$/iu.test(item.file) ? firstHeading(text) : undefined);
  const given = { title: named, author: author === undefined ? undefined : firstLast(author), ...rest };
  const known = Object.entries(given).filter(([, member]) => member !== undefined);
  return { docHash, docId: id ?? docHash.slice(0, 16), text, ...Object.fromEntries(known) };
}

/** NFC with `\n` as the only line end, so that the same text has the same hash everywhere. */
function normaliseText(text: string): string {
  return text
    .replace(/^\ufeff/u, '')
    .replace(/\r\n?/gu, '\n')
    .normalize('NFC')
    .trim();
}

/** "Melville, Herman" is "Herman Melville"; a name with two commas is left alone. */
export function firstLast(author: string): string {
  const [last, first, ...more] = author.split(',').map((part) => part.trim());
  return last !== undefined && first !== undefined && more.length === 0 ? `${first} ${last}`.trim() : author;
}

function firstHeading(text: string): string | undefined {
  return /^#{1,6} +(.+?)[ #]*$/mu.exec(text)?.[1]?.slice(0, FIELD_CHARACTERS_MAX);
}

/** One id with two texts: the ids seen so far, by the lines that gave them. */
export class DocumentIds {
  private readonly seen = new Map<string, { readonly docHash: string; readonly at: string }>();

  add(document: GivenDocument, item: InputItem): Problem | undefined {
    const at = `${item.file}, line ${item.line}`;
    const earlier = this.seen.get(document.docId);
    if (earlier === undefined) {
      this.seen.set(document.docId, { docHash: document.docHash, at });
      return undefined;
    }
    if (earlier.docHash === document.docHash) return undefined;
    return new Problem(
      'document-id-conflict',
      `id "${document.docId}" names two different texts: ${earlier.at} and ${at}. Give each text an id of its own.`,
      `${item.file}:${item.line}`,
    );
  }
}
