/** Whether a relation is kept. The rules stand in their order; the first one that fails names the reason. */
import type { Reply } from '../../calls';
import { charactersInOtherLanguage } from '../../text/language';
import { distinctShare, overlapWith, sharesRun } from '../../text/ngrams';
import { findPersonalData } from '../../text/personal-data';
import { looksLikeRefusal } from '../../text/refusal';
import { cutToLastSentence } from '../../text/sentences';
import { estimateTokens } from '../../text/tokens';
import { words } from '../../text/words';
import { countMentions, searchable } from './entity-key';
import type { EntigraphParams } from './params';
import { repeatsMark } from './prompts';
import { parseParts, writeParts } from './sections';
import type { Part } from './sections';
import { gramsOf, languageOf } from './source-window';
import type { Window } from './records';

const OTHER_LANGUAGE_CHARACTERS_MIN = 200;
const DISTINCT_GRAMS_MIN = 0.5;
const LEAK_WORDS = 12;
const COPY_WORDS = 8;
const DETAIL_CHARACTERS_MAX = 200;

interface Thing {
  readonly name: string;
  readonly aliases: readonly string[];
}
interface RelationCheck {
  readonly reply: Reply;
  readonly params: EntigraphParams;
  /** The parts of the prompt around the document. */
  readonly instructions: readonly string[];
  readonly title: string;
  readonly things: readonly Thing[];
  /** What the prompt showed. */
  readonly windows: readonly Window[];
  readonly key: string;
}
export interface Kept {
  readonly text: string;
  readonly tokens: number;
  readonly titleAdded: boolean;
  readonly checks: { readonly copyShare: number; readonly distinct4: number };
}
interface Refused {
  readonly reason: string;
  readonly detail: string;
  /** A new draw may do better. Copying and personal data are the prompt's or the source's doing. */
  readonly redraw: boolean;
}

export function checkRelation(check: RelationCheck): Kept | Refused {
  const { params, title, things, key } = check;
  const raw = readAnswer(check);
  if (typeof raw !== 'string') return raw;
  const markdown = params.relationFormat === 'markdown';
  const parts = markdown ? parseParts(raw) : [];
  if (markdown && parts.length !== things.length + 1) {
    return refused('sections-missing', `expected ${things.length + 1} headed parts, got ${parts.length}`);
  }
  const missing = unmentioned(things, parts, raw);
  if (missing !== undefined) return refused('entity-unmentioned', `does not mention "${missing}"`);
  const names = things.map(({ name }) => name);
  const { text, titleAdded } = markdown
    ? writeParts({ parts, title, names, headings: params.headings, key })
    : { text: raw, titleAdded: false };
  return checkText(check, text, titleAdded);
}

function readAnswer({ reply, params }: RelationCheck): string | Refused {
  if (reply.finish === 'content-filter')
    return refused('content-filtered', 'the provider filtered the answer');
  let text = reply.text.trim();
  if (reply.finish === 'length') {
    // One prose text can end early; headed parts would lack the analysis.
    text = params.relationFormat === 'plain' ? cutToLastSentence(text) : '';
    if (text === '') return refused('truncated', `longer than ${params.completionTokensMax} tokens`);
  }
  if (reply.refused || looksLikeRefusal(text)) return refused('refusal', text);
  return text === '' ? refused('empty', 'the answer has no text') : text;
}

/** In Markdown each account must mention its own thing, in plain prose the text all of them. */
function unmentioned(things: readonly Thing[], parts: readonly Part[], text: string): string | undefined {
  const missing = things.find(({ name, aliases }, index) => {
    const place = searchable(parts[index]?.body ?? text);
    return ![name, ...aliases].some((given) => countMentions(given, place) > 0);
  });
  return missing?.name;
}

/** The rules that hold for any text, a summary too. */
export function checkText(
  { params, windows, instructions }: Pick<RelationCheck, 'params' | 'windows' | 'instructions'>,
  text: string,
  titleAdded = false,
): Kept | Refused {
  const tokens = estimateTokens(text);
  if (tokens < params.rowTokensMin)
    return refused('length', `expected at least ${params.rowTokensMin} tokens, got ${tokens}`);
  const language = windows[0] === undefined ? undefined : languageOf(windows[0]);
  if (language !== undefined && charactersInOtherLanguage(text, language) >= OTHER_LANGUAGE_CHARACTERS_MIN) {
    return refused('wrong-language', `the document is in "${language}"`);
  }
  const textWords = words(text);
  const distinct4 = distinctShare(textWords, 4);
  if (distinct4 < DISTINCT_GRAMS_MIN)
    return refused('degenerate-repetition', `share of distinct 4-grams ${round(distinct4)}`);
  const repeats = instructions.some((part) => sharesRun(textWords, words(part), LEAK_WORDS));
  if (repeats || repeatsMark(text, windows)) return refused('prompt-leak', text);
  const sources = windows.map((window) => gramsOf(window, COPY_WORDS));
  const copyShare = overlapWith(textWords, sources, COPY_WORDS).share;
  if (copyShare > params.copyShareMax) {
    return refused(
      'source-copy',
      `share of copied 8-grams ${round(copyShare)}, at most ${params.copyShareMax}`,
      false,
    );
  }
  const personal = findPersonalData(text).find(
    (datum) => !windows.some((window) => window.text.includes(datum.text)),
  );
  if (personal !== undefined)
    return refused('personal-data', `${personal.kind} that the document does not have`, false);
  return { text, tokens, titleAdded, checks: { copyShare: round(copyShare), distinct4: round(distinct4) } };
}

function refused(reason: string, detail: string, redraw = true): Refused {
  return { reason, detail: detail.slice(0, DETAIL_CHARACTERS_MAX), redraw };
}

function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
