const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** True where a text has letters of a script that puts no blanks between words. */
export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text);
}

/** The words of a text in order, lower case, without punctuation. Unspaced scripts are cut by the segmenter. */
export function words(text: string): string[] {
  const lower = text.normalize('NFKC').toLowerCase().replaceAll('’', "'");
  if (!isUnspaced(lower)) return lower.match(WORD) ?? [];
  const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
  return Array.from(segmenter.segment(lower))
    .filter((segment) => segment.isWordLike)
    .map((segment) => segment.segment);
}
