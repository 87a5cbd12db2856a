const BOUNDARY = /[.!?]+["'”’)\]]*(?=\s)|[。！？]+["'”’」』）]*|\n{2,}/gu;
/** A full stop after these, or after one capital letter, does not end a sentence. */
const ABBREVIATION =
  /(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|No|Vol|Fig|cf|Capt|Gen|Col)|\b\p{Lu})\.$/u;

/** Where each sentence of a text begins and ends; blanks around sentences belong to none. */
export function sentenceSpans(text: string): { readonly from: number; readonly to: number }[] {
  const spans: { from: number; to: number }[] = [];
  let from = 0;
  const close = (to: number): void => {
    const raw = text.slice(from, to);
    const start = from + raw.length - raw.trimStart().length;
    const end = start + raw.trim().length;
    if (end > start) spans.push({ from: start, to: end });
    from = to;
  };
  for (const match of text.matchAll(BOUNDARY)) {
    const to = match.index + match[0].length;
    if (match[0] === '.' && ABBREVIATION.test(text.slice(Math.max(from, to - 12), to))) continue;
    close(to);
  }
  close(text.length);
  return spans;
}

export function sentences(text: string): string[] {
  return sentenceSpans(text).map(({ from, to }) => text.slice(from, to));
}

/** The text up to the end of its last whole sentence; empty where it has none. */
export function cutToLastSentence(text: string): string {
  const spans = sentenceSpans(`${text} `);
  const last = spans.findLast(({ from, to }) => /[.!?。！？]["'”’)\]」』）]*$/u.test(text.slice(from, to)));
  return last === undefined ? '' : text.slice(0, last.to);
}
