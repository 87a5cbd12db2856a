/** What a person wrote in a mail: no headers, markup, quoted lines, signatures or addresses. */

/** Parts within parts; a bounce that holds a forwarded mail has three. */
const DEPTH_MAX = 4;

export interface Mail {
  readonly subject: string;
  /** The address it came from, in lower case. */
  readonly sender: string;
  readonly body: string;
}

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A part that is no text gives no body. */
export function readMail(raw: string): Mail {
  const whole = splitPart(raw.replaceAll('\r\n', '\n'));
  const from = whole.headers.get('from') ?? '';
  return {
    subject: bareSubject(whole.headers.get('subject') ?? ''),
    sender: (/[\w.+-]+@[\w.-]+/u.exec(from)?.[0] ?? from.trim()).toLowerCase(),
    body: bareBody(textOf(whole, DEPTH_MAX) ?? ''),
  };
}

function splitPart(raw: string): Part {
  const end = raw.indexOf('\n\n');
  const head = end < 0 ? raw : raw.slice(0, end);
  const headers = new Map<string, string>();
  // A header goes on in lines that begin with a blank; of several with one name the first holds.
  for (const line of head.replaceAll(/\n[ \t]+/gu, ' ').split('\n')) {
    const [, name, value] = /^([\w-]+):\s*(.*)$/u.exec(line) ?? [];
    if (name !== undefined && !headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value ?? '');
  }
  return { headers, body: end < 0 ? '' : raw.slice(end + 2) };
}

/** Plain text where there is some, else what marked-up text says. */
function textOf(part: Part, depth: number): string | undefined {
  const type = part.headers.get('content-type') ?? 'text/plain';
  const boundary = /boundary\s*=\s*"?([^";]+)"?/iu.exec(type)?.[1];
  if (boundary !== undefined && /^multipart\//iu.test(type)) {
    if (depth === 0) return undefined;
    const parts = part.body
      .split(`--${boundary.trim()}`)
      .slice(1)
      .map((one) => splitPart(one.trimStart()));
    const isPlain = ({ headers }: Part): boolean => !/text\/html/iu.test(headers.get('content-type') ?? '');
    for (const one of [...parts.filter(isPlain), ...parts.filter((other) => !isPlain(other))]) {
      const text = textOf(one, depth - 1);
      if (text !== undefined && text.trim() !== '') return text;
    }
    return undefined;
  }
  if (!/^text\//iu.test(type)) return undefined;
  const text = decoded(part.body, part.headers.get('content-transfer-encoding') ?? '');
  return /text\/html/iu.test(type) || /<html|<body|<font/iu.test(text) ? withoutMarkup(text) : text;
}

function decoded(body: string, encoding: string): string {
  if (/base64/iu.test(encoding)) return Buffer.from(body, 'base64').toString('latin1');
  if (!/quoted-printable/iu.test(encoding)) return body;
  return body
    .replaceAll(/=[ \t]*\n/gu, '')
    .replaceAll(/=([0-9A-F]{2})/giu, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function withoutMarkup(html: string): string {
  return html
    .replaceAll(/<(style|script|title)\b[\s\S]*?<\/\1>|<!--[\s\S]*?-->/giu, ' ')
    .replaceAll(/<(?:br|p|div|tr|li|h\d)\b[^>]*>/giu, '\n')
    .replaceAll(/<[^>]*>/gu, ' ')
    .replaceAll(/&(\w+);/gu, (_, name: string) => ENTITIES[name.toLowerCase()] ?? ' ')
    .replaceAll(/&#(\d{2,3});/gu, (_, code: string) => String.fromCharCode(Number(code)));
}

/** Tags of mailing lists, and what answers put before a subject. */
function bareSubject(subject: string): string {
  return onOneLine(subject.replaceAll(/\[[^\]]*\]|\b(?:re|fwd?|aw)\s*:|=\?\S+\?=/giu, ' '));
}

const QUOTED = /^\s*(?:>|\||\w{0,4}>|-{3,}|_{3,}|={3,}|\*{3,})/u;
const ATTRIBUTION =
  /^.{0,120}\b(?:wrote|writes|said|schrieb)\s*:?\s*$|^\s*(?:on|at|from|to|date|sent|subject|cc|url)\b.{0,80}:.*$/iu;
/** From here on nothing is the writer's own. */
const SIGNATURE = /^-- ?$|^-+ ?(?:original|forwarded) message|^-+BEGIN PGP/imu;
/** Addresses of people and pages. */
const ADDRESS = /<?\b(?:https?:\/\/|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+>?/giu;

function bareBody(body: string): string {
  const end = SIGNATURE.exec(body)?.index ?? body.length;
  const lines = body.slice(0, end).split('\n');
  return onOneLine(lines.filter((line) => !QUOTED.test(line) && !ATTRIBUTION.test(line)).join('\n'));
}

function onOneLine(text: string): string {
  return text
    .replaceAll(ADDRESS, ' ')
    .replaceAll(/[^\x20-\x7e\n]/gu, ' ')
    .replaceAll(/([^\w\s])\1{2,}/gu, '$1')
    .replaceAll(/<<<|>>>/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
