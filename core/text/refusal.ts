/** A refusal stands at the beginning; later apologies belong to the text. */
const OPENING_CHARACTERS = 240;

const VERBS =
  'assist|help|provide|create|generate|write|produce|fulfil|fulfill|comply|complete|answer|respond|do that|do this|continue|support|offer|share|discuss|engage';
const UNABLE =
  "(?:can(?:no|['’])t|cannot|can not|could not|won['’]t|will not|am unable to|am not able to|['’]m unable to|['’]m not able to|am not comfortable|['’]m not comfortable|must decline|have to decline)";

const REFUSALS: readonly RegExp[] = [
  new RegExp(
    `^(?:(?:i(?:['’]m| am)|we(?:['’]re| are)) (?:so |very |really )?(?:sorry|afraid)|sorry|apologies|unfortunately|i apologi[sz]e)\\b[^.!?]{0,40}[,.!;:]?\\s*(?:but |that )?(?:i|we)\\s?${UNABLE}`,
    'i',
  ),
  new RegExp(`^(?:i|we)\\s?${UNABLE}\\b(?:\\s+\\w+){0,2}?\\s+(?:${VERBS})\\b`, 'i'),
  /^(?:i|we)(?: must| have to)? (?:respectfully )?decline\b/i,
  /^as an? (?:ai|artificial intelligence|large language)(?: language)?(?: model| assistant)?,? i\b/i,
  /^(?:this|your) request (?:violates|goes against|cannot be (?:fulfilled|completed))\b/i,
];

/** True for a text that declines to answer instead of answering. */
export function looksLikeRefusal(text: string): boolean {
  const opening = text
    .trim()
    .replace(/^["'“*\s]+/, '')
    .slice(0, OPENING_CHARACTERS);
  return REFUSALS.some((pattern) => pattern.test(opening));
}
