import { detectLanguage } from '../../text/language';
import { ngrams } from '../../text/ngrams';
import { words } from '../../text/words';
import type { Window } from './records';

interface MeasuredWindow {
  readonly language: string | undefined;
  readonly words: readonly string[];
  readonly grams: Map<number, ReadonlySet<string>>;
}

/** A window stands behind thousands of rows, and measuring it costs more than checking one of them. */
const measured = new WeakMap<Window, MeasuredWindow>();

function measure(window: Window): MeasuredWindow {
  const known = measured.get(window);
  if (known !== undefined) return known;
  const fresh = { language: detectLanguage(window.text), words: words(window.text), grams: new Map() };
  measured.set(window, fresh);
  return fresh;
}

export function languageOf(window: Window): string | undefined {
  return measure(window).language;
}

/** The window's runs of n words. */
export function gramsOf(window: Window, n: number): ReadonlySet<string> {
  const { grams, words: windowWords } = measure(window);
  const known = grams.get(n);
  if (known !== undefined) return known;
  const fresh = new Set(ngrams(windowWords, n));
  grams.set(n, fresh);
  return fresh;
}
