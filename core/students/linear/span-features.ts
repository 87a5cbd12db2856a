/** What the student sees of a span as the answer to a question. */
import type { FeatureBag } from './feature-bag';
import { isFunctionWord, isQuestionWord } from './function-words';
import { hashOf, mix } from './hashing';
import { isWord, lowerForm, tokensOf, type Passage } from './passage';

/** Looked up once: they are called for every span. */
const { max, min } = Math;

/** Families of features. */
const SHAPE = 20;
const LENGTH = 21;
const LEFT_HITS = 22;
const RIGHT_HITS = 23;
const LEFT = 24;
const RIGHT = 25;
const ASKED = 26;

/** How far to each side of a span the question's words are looked for, and its neighbours taken. */
const SIDE_TOKENS = 4;
const NEIGHBOUR_TOKENS = 2;
/** Of a longer question the first ones. */
const QUESTION_WORDS_MAX = 40;

export interface Question {
  /** `who`, `when` …; or the question's first word. */
  readonly asks: number;
  /** Hashes of its words of content, each once. */
  readonly content: readonly number[];
}

export function questionOf(text: string): Question {
  const forms = tokensOf(text)
    .map(({ form }) => lowerForm(form))
    .filter(isWord);
  const asks = forms.find(isQuestionWord) ?? forms[0] ?? '';
  const content = forms.filter((form) => !isFunctionWord(form) && form !== asks);
  const hashes = [...new Set(content.map((form) => hashOf(form)))];
  return { asks: hashOf(asks), content: hashes.slice(0, QUESTION_WORDS_MAX) };
}

export function addSpanFeatures(
  bag: FeatureBag,
  passage: Passage,
  question: Question,
  candidate: number,
): void {
  const { hashes, shapes } = passage;
  const first = passage.first[candidate]!;
  const end = passage.end[candidate]!;
  let shape = SHAPE;
  let asked = 0;
  for (let i = first; i < end; i += 1) {
    shape = mix(shape, shapes[i]!);
    if (question.content.includes(hashes[i]!)) asked += 1;
  }
  bag.add(mix(shape, question.asks));
  bag.add(mix(LENGTH, end - first));
  bag.add(mix(ASKED, asked));
  bag.add(mix(LEFT_HITS, hits(passage, question, first - SIDE_TOKENS, first)));
  bag.add(mix(RIGHT_HITS, hits(passage, question, end, end + SIDE_TOKENS)));
  addNeighbours(bag, passage, question, first - NEIGHBOUR_TOKENS, first, LEFT);
  addNeighbours(bag, passage, question, end, end + NEIGHBOUR_TOKENS, RIGHT);
}

/** The question's words among the tokens [from, to), each counted once. */
function hits({ hashes }: Passage, { content }: Question, from: number, to: number): number {
  let count = 0;
  for (const word of content)
    for (let i = max(0, from); i < min(hashes.length, to); i += 1)
      if (hashes[i] === word) {
        count += 1;
        break;
      }
  return count;
}

function addNeighbours(
  bag: FeatureBag,
  { hashes }: Passage,
  { asks, content }: Question,
  from: number,
  to: number,
  side: number,
): void {
  for (let i = max(0, from); i < min(hashes.length, to); i += 1) {
    const neighbour = mix(side, hashes[i]!);
    bag.add(mix(neighbour, asks));
    for (const word of content) bag.add(mix(neighbour, word));
  }
}
