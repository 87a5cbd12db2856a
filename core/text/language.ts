/** A coarse guess of a text's language: by script, and among Latin ones by their commonest words. */

/** Share of words that must be common words of one language before it is named. */
const COMMON_SHARE_MIN = 0.15;
/** A second language this close makes the guess unsafe. */
const LEAD_MIN = 1.5;
/** Letters of one script that name it. */
const SCRIPT_SHARE_MIN = 0.5;

const SCRIPTS = [
  ['cjk', /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu],
  ['cyrillic', /\p{sc=Cyrillic}/gu],
  ['arabic', /\p{sc=Arabic}/gu],
  ['hebrew', /\p{sc=Hebrew}/gu],
  ['greek', /\p{sc=Greek}/gu],
  ['devanagari', /\p{sc=Devanagari}/gu],
  ['thai', /\p{sc=Thai}/gu],
] as const;

const COMMON: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set(
    'the of and to in is was that it for with as his her on at by he she they this which from not are were be had has but'.split(
      ' ',
    ),
  ),
  de: new Set(
    'der die das und ist nicht ein eine zu den dem mit von sich auf für im als auch es an er sie wird war aus bei nach'.split(
      ' ',
    ),
  ),
  fr: new Set(
    'le la les de des et est un une du que qui dans pour pas sur au par il elle en ce se avec sont plus ne aux'.split(
      ' ',
    ),
  ),
  es: new Set(
    'el la los las de y que en un una es por con no se para del al lo su como más pero sus fue está'.split(
      ' ',
    ),
  ),
  it: new Set(
    'il lo la gli di che e un una è per non con si del della dei in sono come da al più nel alla anche'.split(
      ' ',
    ),
  ),
  pt: new Set(
    'o a os as de e que em um uma é por com não se para do da dos das no na mais como foi ao seu'.split(' '),
  ),
  nl: new Set(
    'de het een en van is dat niet op te in zijn met voor aan er om die ook als maar bij naar wordt werd'.split(
      ' ',
    ),
  ),
};

/** A language code or a script's name; undefined where the text does not say clearly. */
export function detectLanguage(text: string): string | undefined {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return undefined;
  for (const [name, pattern] of SCRIPTS) {
    if ((text.match(pattern)?.length ?? 0) / letters >= SCRIPT_SHARE_MIN) return name;
  }
  const tokens = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const scores = Object.entries(COMMON)
    .map(([name, common]) => ({
      name,
      share: tokens.filter((token) => common.has(token)).length / tokens.length,
    }))
    .sort((a, b) => b.share - a.share);
  const [first, second] = scores;
  if (first === undefined || first.share < COMMON_SHARE_MIN) return undefined;
  return second !== undefined && first.share < second.share * LEAD_MIN ? undefined : first.name;
}

/** Characters of the text's paragraphs that are clearly in another language than `expected`. */
export function charactersInOtherLanguage(text: string, expected: string): number {
  let characters = 0;
  for (const paragraph of text.split(/\n+/u)) {
    const language = detectLanguage(paragraph);
    if (language !== undefined && language !== expected) characters += paragraph.length;
  }
  return characters;
}
