/** Mends the faults that models make in JSON: prose and fences around it, trailing commas, bare keys, a cut-off end. */

type Quote = '"' | "'";

/** The value, or undefined where no repair helps. */
export function parseLooseJson(text: string): unknown {
  for (const candidate of candidates(text)) {
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      // The next candidate is repaired further.
    }
  }
  return undefined;
}

function* candidates(text: string): Generator<string> {
  yield text;
  const fenced = /```(?:json)?\s*([\s\S]*?)(?:```|$)/iu.exec(text)?.[1];
  const body = fenced !== undefined && /[{[]/u.test(fenced) ? fenced : text;
  const from = body.search(/[{[]/u);
  if (from < 0) return;
  const to = Math.max(body.lastIndexOf('}'), body.lastIndexOf(']'));
  if (to > from) yield body.slice(from, to + 1);
  yield repairJson(body.slice(from));
}

/** Rewrites one JSON value token by token; text after the value is dropped, open brackets are closed. */
function repairJson(text: string): string {
  let out = '';
  const open: string[] = [];
  for (let i = 0; i < text.length;) {
    const character = text[i]!;
    if (character === '"' || character === "'") {
      const string = readString(text, i, character);
      out += JSON.stringify(string.value);
      i = string.next;
      continue;
    }
    const bare = /^[A-Za-z_][\w-]*/u.exec(text.slice(i, i + 100))?.[0];
    if (bare !== undefined) {
      out += bareWord(bare);
      i += bare.length;
      continue;
    }
    if (character === '{' || character === '[') open.push(character === '{' ? '}' : ']');
    if (character === '}' || character === ']') {
      if (!open.includes(character)) {
        i += 1;
        continue;
      }
      out = dropDangling(out);
      // A bracket of the other kind closes what the model forgot to close.
      while (open.length > 0 && open.at(-1) !== character) out += open.pop();
      open.pop();
    }
    out += character;
    i += 1;
    if (open.length === 0) return out;
  }
  out = dropDangling(out);
  return out + open.reverse().join('');
}

function readString(text: string, from: number, quote: Quote): { value: string; next: number } {
  let value = '';
  let i = from + 1;
  for (; i < text.length; i += 1) {
    const character = text[i]!;
    if (character === '\\') {
      const escape = text[i + 1] ?? '';
      const code = /^u[0-9a-fA-F]{4}/u.exec(text.slice(i + 1, i + 6))?.[0];
      value +=
        code === undefined ? (ESCAPES[escape] ?? escape) : String.fromCharCode(parseInt(code.slice(1), 16));
      i += code?.length ?? 1;
      continue;
    }
    // A quote inside a word is an apostrophe, not the end.
    if (character === quote && !(quote === "'" && /\w/u.test(text[i + 1] ?? ''))) break;
    value += character;
  }
  return { value, next: i + 1 };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const LITERALS: Readonly<Record<string, string>> = {
  true: 'true',
  True: 'true',
  false: 'false',
  False: 'false',
  null: 'null',
  None: 'null',
};

function bareWord(word: string): string {
  return LITERALS[word] ?? JSON.stringify(word);
}

/** Removes what cannot stand before a closing bracket: a comma, or a key whose value was cut off. */
function dropDangling(out: string): string {
  return out
    .replace(/[\s,]+$/u, '')
    .replace(/([{,])\s*"(?:[^"\\]|\\.)*"\s*:\s*$/u, '$1')
    .replace(/[\s,]+$/u, '');
}
