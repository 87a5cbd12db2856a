/** Whether a text is clearly in another language than the task. In doubt it is not. */
import { detectLanguage } from '../../text/language';

/** The detector names these languages themselves. */
const KNOWN: ReadonlySet<string> = new Set(['en', 'de', 'fr', 'es', 'it', 'pt', 'nl']);
/** Codes of the same languages in three letters. */
const ALIASES: Readonly<Record<string, string>> = {
  eng: 'en',
  deu: 'de',
  ger: 'de',
  fra: 'fr',
  fre: 'fr',
  spa: 'es',
  ita: 'it',
  por: 'pt',
  nld: 'nl',
  dut: 'nl',
};
/** Languages that the detector tells by their script alone. */
const SCRIPTS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    cjk: 'zh ja ko yue zho jpn kor',
    cyrillic: 'ru uk be bg mk sr kk ky tg mn tt rus ukr bul',
    arabic: 'ar fa ur ps ckb sd ug ara fas urd',
    hebrew: 'he iw yi heb',
    greek: 'el ell',
    devanagari: 'hi mr ne sa hin mar nep',
    thai: 'th tha',
  }).flatMap(([script, codes]) => codes.split(' ').map((code) => [code, script])),
);

/** The language or script of the text where it is clearly not the expected one. */
export function otherLanguage(text: string, expected: string): string | undefined {
  const detected = detectLanguage(text);
  if (detected === undefined) return undefined;
  const wanted = ALIASES[expected] ?? SCRIPTS[expected] ?? expected;
  if (detected === wanted) return undefined;
  // Of a language that it does not know, the detector can only say that a text is English: relatives look alike to it.
  const tells = KNOWN.has(wanted) || SCRIPTS[expected] !== undefined;
  return tells || detected === 'en' ? detected : undefined;
}
