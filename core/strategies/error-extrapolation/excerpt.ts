/** The beginning of a text. Half a surrogate pair is no text to a database, so a cut never leaves one. */
export function excerpt(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : text.slice(0, charactersMax).replace(/[\uD800-\uDBFF]$/u, '');
}
