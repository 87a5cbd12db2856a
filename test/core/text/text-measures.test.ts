import { charactersInOtherLanguage, detectLanguage } from '../../../core/text/language';
import { jaccard, minhashBands, shingles } from '../../../core/text/near-duplicates';
import { distinctShare, ngramOverlap, sharesRun } from '../../../core/text/ngrams';
import { findPersonalData } from '../../../core/text/personal-data';
import { cutToLastSentence, sentences } from '../../../core/text/sentences';
import { estimateTokens } from '../../../core/text/tokens';
import { words } from '../../../core/text/words';

test('overlap counts n-grams of the text that the source has', () => {
  const text = 'a b c x a b'.split(' ');
  expect(ngramOverlap(text, 'a b c d'.split(' '), 2)).toEqual({
    hits: 3,
    total: 5,
    share: 3 / 5,
    byWords: 3 / 6,
  });
  expect(ngramOverlap(text, text, 2).share).toBe(1);
  expect(ngramOverlap(['a'], ['a'], 2)).toEqual({ hits: 0, total: 0, share: 0, byWords: 0 });
});

test('repetition and shared runs', () => {
  expect(distinctShare('a b c d a b c d a b c d'.split(' '), 4)).toBeCloseTo(4 / 9);
  expect(sharesRun(words('He said: one two three.'), words('one two three four'), 3)).toBe(true);
  expect(sharesRun(words('one three two'), words('one two three four'), 3)).toBe(false);
});

test('words of spaced and unspaced scripts', () => {
  expect(words('The Captain’s-mate saw 3 whales.')).toEqual(['the', "captain's-mate", 'saw', '3', 'whales']);
  expect(words('東京は日本の首都です。').length).toBeGreaterThan(3);
});

test('tokens are bytes by four, rounded up', () => {
  expect(['', 'a', 'abcd', 'abcde', '日本'].map(estimateTokens)).toEqual([0, 1, 1, 2, 2]);
});

test('sentences end at stops, but not after titles and initials', () => {
  expect(sentences('Dr. Kell saw J. Smith. He ran!  “Stop.” It was 3.5 miles.')).toEqual([
    'Dr. Kell saw J. Smith.',
    'He ran!',
    '“Stop.”',
    'It was 3.5 miles.',
  ]);
  expect(sentences('犬が走る。猫が寝る。')).toEqual(['犬が走る。', '猫が寝る。']);
  expect(cutToLastSentence('One is whole. Two is who')).toBe('One is whole.');
  expect(cutToLastSentence('none is whole')).toBe('');
});

test('languages by their common words and scripts', () => {
  const english =
    'It was the best of the ships that he had seen, and it was for her that they came to this place.';
  const german =
    'Es war das Schiff, das er nicht mit den anderen auf die Reise nahm, und sie ist für ihn auch nach der Zeit ein Rätsel.';
  expect([english, german, 'Это просто русский текст', '漢字かな', 'xyzzy'].map(detectLanguage)).toEqual([
    'en',
    'de',
    'cyrillic',
    'cjk',
    undefined,
  ]);
  expect(charactersInOtherLanguage(`${english}\n\n${german}`, 'en')).toBe(german.length);
});

test('personal data by its form', () => {
  const text =
    'Write to ann@example.org or +44 20 7946 0958, card 4111 1111 1111 1111, DE89370400440532013000.';
  expect(findPersonalData(text).map(({ kind }) => kind)).toEqual(['email', 'iban', 'card', 'phone']);
  expect(findPersonalData('In 1851, 1867-1870, on page 1234567, card 4111 1111 1111 1112 items')).toEqual([]);
});

test('near-duplicates share a band, strangers have a low similarity', () => {
  const base = Array.from({ length: 120 }, (_, i) => `word${i}`);
  const near = shingles([...base.slice(0, 119), 'changed']);
  const all = shingles(base);
  expect(jaccard(all, near)).toBeGreaterThan(0.9);
  const bands = minhashBands(near);
  expect(minhashBands(all).some((hash, band) => hash === bands[band])).toBe(true);
  const far = shingles(base.map((word) => `${word}x`));
  expect(jaccard(all, far)).toBe(0);
  expect(minhashBands(far).some((hash, band) => hash === bands[band])).toBe(false);
});
