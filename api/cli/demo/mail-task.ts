/** The task of the mail demo, in words that a model of 135M parameters can follow. */

export const MAIL_TASK = {
  kind: 'text',
  language: 'en',
  instruction: 'Tell spam from wanted e-mail by the subject and the first words.',
  labels: [
    {
      id: 'spam',
      phrase: 'spam',
      definition: 'advertising that nobody asked for, or a swindle',
      // A small model does not know what spam is, but it can write about a cheap loan.
      cases: [
        'a cheap loan',
        'printer ink at a low price',
        'a way to earn money at home',
        'a diet pill',
        'a secret business deal about a lot of money',
        'a free holiday',
        'a list of e-mail addresses for sale',
        'a way out of debt',
        'cheap software',
      ],
    },
    {
      id: 'ham',
      phrase: 'wanted mail',
      definition: 'from a person, a mailing list, or a newsletter that was asked for',
      cases: [
        'an error on a Linux computer',
        'an answer to a friend',
        'news about a new program',
        'an opinion on politics',
        'a bug in a mail filter',
        'a technical question',
        'a meeting of a user group',
        'a book or a film',
      ],
    },
  ],
} as const;

/**
 * Short: it repeats fences and long instructions. "Rewrite the input text" stays closer to its source than "write one like
 * it" (docs/log.md has the counts, which are small; this very combination has none yet).
 */
export const MAIL_PROMPTS: Readonly<Record<string, string>> = {
  system: 'You write short e-mails: a subject and two sentences of text.',
  'seed-text': 'Write a short e-mail that is {{label}}[[, about {{case}}]].[[ {{words}} words.]]',
  near: 'Rewrite the input text to make it more concise while preserving its core meaning.\n\n{{source}}',
};
