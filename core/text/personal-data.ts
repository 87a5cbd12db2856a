/** Personal data and secrets by pattern. Finds what is certain by its form; names are no pattern. */

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu;
const PHONE = /(?<![\w.])\+?\d[\d ().-]{7,17}\d(?![\w])/gu;
const CARD = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/gu;
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b/gu;
const KEY =
  /\b(?:sk-[A-Za-z0-9_-]{16,}|AKIA[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[\w-]{30,})/gu;
/** A phone number has at least this many digits, and is written with a plus sign or separators. */
const PHONE_DIGITS_MIN = 9;

interface PersonalDatum {
  readonly kind: 'email' | 'phone' | 'card' | 'iban' | 'key';
  readonly text: string;
}

export function findPersonalData(text: string): PersonalDatum[] {
  const found: PersonalDatum[] = [];
  const collect = (kind: PersonalDatum['kind'], pattern: RegExp, holds: (match: string) => boolean): void => {
    for (const [match] of text.matchAll(pattern)) if (holds(match)) found.push({ kind, text: match.trim() });
  };
  collect('email', EMAIL, () => true);
  collect('key', KEY, () => true);
  collect('iban', IBAN, isIban);
  collect('card', CARD, isCard);
  collect('phone', PHONE, isPhone);
  return found;
}

/** Luhn's check over the digits. */
function isCard(match: string): boolean {
  const digits = match.replace(/\D/gu, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length >= 13 && sum % 10 === 0;
}

/** ISO 13616: the rearranged number, letters as 10 to 35, is 1 modulo 97. */
function isIban(match: string): boolean {
  const compact = match.replaceAll(' ', '');
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    for (const digit of String(parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

function isPhone(match: string): boolean {
  const digits = match.replace(/\D/gu, '');
  const separated = match.startsWith('+') || /\d[ ().-]+\d{2,}[ ().-]+\d/u.test(match);
  // Year spans and decimals have few digits or no separators.
  return separated && digits.length >= PHONE_DIGITS_MIN && digits.length <= 15;
}
