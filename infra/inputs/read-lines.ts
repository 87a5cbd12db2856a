import { isUtf8 } from 'node:buffer';
import { LINE_BYTES_MAX } from '../../core/story/limits';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** A line without its end, and why it could not be read: a bad byte is then U+FFFD in the text, a long line is empty. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
  readonly error?: string;
}

export interface LineLimits {
  /** Stop before the first line that does not lie wholly in this many bytes. */
  readonly bytesMax?: number;
  readonly lineBytesMax?: number;
  /** Called when `bytesMax` left something unread. */
  readonly onCut?: () => void;
}

/** Splits bytes into lines in constant memory. `\r\n` ends a line too; a byte order mark at the start is dropped. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limits: LineLimits = {},
): AsyncIterable<Line> {
  const { bytesMax = Number.POSITIVE_INFINITY, lineBytesMax = LINE_BYTES_MAX } = limits;
  let parts: Buffer[] = [];
  let held = 0; // bytes in `parts`
  let length = 0; // bytes of the line so far; more than `held` once it is too long to keep
  let start = 0; // offset of the line's first byte
  let number = 1;
  const keep = (bytes: Buffer): void => {
    length += bytes.length;
    if (length > lineBytesMax) [parts, held] = [[], 0];
    else if (bytes.length > 0) {
      parts.push(bytes);
      held += bytes.length;
    }
  };
  const finish = (end: number): Line => {
    const line = toLine(Buffer.concat(parts, held), number, start, length > lineBytesMax ? lineBytesMax : 0);
    [parts, held, length, start] = [[], 0, 0, end];
    number += 1;
    return line;
  };

  let offset = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      if (offset + at + 1 > bytesMax) return limits.onCut?.();
      keep(bytes.subarray(from, at));
      from = at + 1;
      yield finish(offset + from);
    }
    keep(bytes.subarray(from));
    offset += bytes.length;
    if (offset > bytesMax) return limits.onCut?.();
  }
  if (length > 0) yield finish(offset);
}

function toLine(bytes: Buffer, number: number, start: number, tooLongFor: number): Line {
  if (tooLongFor > 0) {
    return { number, text: '', error: `expected at most ${tooLongFor} bytes in a line, got more` };
  }
  const marked = start === 0 && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const body = bytes.subarray(
    marked ? BYTE_ORDER_MARK.length : 0,
    bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length,
  );
  if (isUtf8(body)) return { number, text: body.toString('utf8') };
  const at = start + (marked ? BYTE_ORDER_MARK.length : 0) + firstBadByte(body);
  return {
    number,
    text: body.toString('utf8'),
    error: `expected UTF-8 text, got a byte that is none at byte offset ${at}`,
  };
}

/** Offset of the first sequence that is not UTF-8. */
export function firstBadByte(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (!isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return bytes.length;
}
