/** Plain English sentences from a small vocabulary: grammatical, harmless, and never the same for long. */
import type { Random } from '../../../core/random';

const PEOPLE =
  'The baker|A young surveyor|The night guard|My neighbour|The ferry captain|An old teacher|The archivist|A visiting engineer|The gardener|The clockmaker|A patient nurse|The apprentice|The mayor|A quiet student|The lighthouse keeper|The violinist'.split(
    '|',
  );
const ACTS =
  'described|repaired|measured|remembered|painted|compared|carried|sorted|catalogued|questioned|praised|inspected|borrowed|replaced|sketched|counted'.split(
    '|',
  );
const THINGS =
  'the copper kettle|a box of letters|the northern bridge|an unfinished map|the orchard wall|a cracked bell|the winter stores|a borrowed lantern|the harbour lights|a faded photograph|the reading room|a wooden gate|the spring harvest|a silver compass|the long corridor|a stack of ledgers'.split(
    '|',
  );
const PLACES =
  'near the station|behind the mill|in the village hall|at the edge of the forest|beside the canal|under the old roof|along the coast road|in the upper valley|across the square|inside the museum|by the river|on the eastern hill'.split(
    '|',
  );
const TIMES =
  'before the rain came|on a bright Tuesday|during the long strike|after the market closed|in early October|while the others slept|shortly before noon|at the end of the season|for the third time|without saying why|with great care|as the evening train left'.split(
    '|',
  );

const pick = (random: Random, list: readonly string[]): string => list[random.integer(list.length)] ?? '';

export function sentence(random: Random): string {
  return `${pick(random, PEOPLE)} ${pick(random, ACTS)} ${pick(random, THINGS)} ${pick(random, PLACES)} ${pick(random, TIMES)}.`;
}

export function paragraph(random: Random, sentences: number): string {
  return Array.from({ length: sentences }, () => sentence(random)).join(' ');
}

/** A few words without a full stop, for short fields. */
export function phrase(random: Random): string {
  return `${pick(random, THINGS)} ${pick(random, PLACES)}`;
}

/** Words that stand beside a text's own as alternatives when it is scored. */
export const COMMON_WORDS: readonly string[] =
  'the|of|and|to|in|a|is|that|for|it|as|was|with|be|by|on|not|he|his|but|at|are|this|have|from|or|had|an|they|which|one|you'.split(
    '|',
  );
