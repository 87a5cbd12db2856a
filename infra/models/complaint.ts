/** What an error body says, whatever shape the server gives it. */

export interface Complaint {
  readonly message: string;
  /** Codes and types of all levels, lower-case, joined by blanks. */
  readonly codes: string;
  /** A HTTP status inside the body, as gateways that always answer 200 have it. */
  readonly status?: number;
  /** The parameter that is complained about. */
  readonly param?: string;
  /** Headers of the provider behind a gateway, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

const LEVELS_MAX = 4;
const TEXT_CHARACTERS_MAX = 2_000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where the error stands: the body, the first of a list, or a choice that came to nothing (OpenRouter). */
function complainer(body: unknown): unknown {
  const found: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(found) || !Array.isArray(found.choices)) return found;
  const choice: unknown = found.choices[0];
  return isRecord(choice) && isRecord(choice.error) ? choice : found;
}

/** True for a body that reports an error, also where the status says 200. */
export function isComplaint(body: unknown): boolean {
  const found = complainer(body);
  if (!isRecord(found)) return false;
  return (
    (found.error !== undefined && found.error !== null && found.error !== false) || found.object === 'error'
  );
}

/**
 * Reads `{error: {message, type, code, innererror}}`, `{error: "…"}`, `{object: "error", message}`, `{detail}`, a list
 * of one of these, or plain text.
 */
export function readComplaint(body: unknown): Complaint {
  const messages: string[] = [];
  const codes: string[] = [];
  let status: number | undefined;
  let param: string | undefined;
  let headers: Complaint['headers'];
  const note = (value: unknown): void => {
    if (typeof value === 'number' && value >= 400 && value < 600) status ??= value;
    if (typeof value === 'string' || typeof value === 'number') codes.push(String(value).toLowerCase());
  };
  let level: unknown = complainer(body);
  for (let depth = 0; depth < LEVELS_MAX && level !== undefined && level !== null; depth += 1) {
    if (!isRecord(level)) {
      messages.push(typeof level === 'string' ? level : JSON.stringify(level));
      break;
    }
    for (const name of ['code', 'type', 'status', 'error_type']) note(level[name]);
    for (const name of ['message', 'detail', 'msg']) {
      const text = level[name];
      if (text !== undefined && text !== null)
        messages.push(typeof text === 'string' ? text : JSON.stringify(text));
    }
    param ??= paramOf(level);
    const details = level.metadata;
    if (isRecord(details)) {
      if (typeof details.raw === 'string') messages.push(details.raw);
      headers ??= headersOf(details.headers);
    }
    level = level.error ?? level.innererror ?? level.inner_error;
  }
  return {
    message: plainText(messages.join(': ')),
    codes: codes.join(' '),
    ...(status === undefined ? {} : { status }),
    ...(param === undefined ? {} : { param }),
    ...(headers === undefined ? {} : { headers }),
  };
}

/** `param` of OpenAI, or the last part of `loc` in the first of pydantic's details. */
function paramOf({ param, detail }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof param === 'string' && param !== '') return param;
  const first: unknown = Array.isArray(detail) ? detail[0] : undefined;
  const place: unknown = isRecord(first) && Array.isArray(first.loc) ? first.loc.at(-1) : undefined;
  return typeof place === 'string' ? place : undefined;
}

function headersOf(given: unknown): Complaint['headers'] {
  if (!isRecord(given)) return undefined;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

/** Error pages of proxies become one readable line. */
function plainText(text: string): string {
  const cut = text.slice(0, TEXT_CHARACTERS_MAX);
  const bare = /<(!doctype|html|head|body)\b/i.test(cut)
    ? cut.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ')
    : cut;
  return bare.replace(/\s+/g, ' ').trim();
}
