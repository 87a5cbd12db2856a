/** Keys that providers echo in their errors, whole or half masked. */
const KEY_LIKE = /\b(?:sk|gsk|pk|rk|key|hf|xai)[-_][\w*.-]{6,}|\bbearer\s+[\w.~+/=-]{6,}/gi;
/** A shorter "key" would blot out ordinary words. */
const KEY_CHARACTERS_MIN = 4;

/** A text without the key in use and without anything that looks like one. */
export function scrub(text: string, key: string | undefined): string {
  const bare = key !== undefined && key.length >= KEY_CHARACTERS_MIN ? text.replaceAll(key, '***') : text;
  return bare.replace(KEY_LIKE, '***');
}
