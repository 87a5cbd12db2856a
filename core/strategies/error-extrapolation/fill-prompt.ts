/** Fills a template. Values are never read as templates, and a row's text cannot leave the marks that stand around it. */

const OPTIONAL = /\[\[([\s\S]*?)\]\]/gu;
const SLOT = /\{\{\s*([^{}]*?)\s*\}\}/gu;
/** Three or more of either would be taken for an end of the data. */
const MARKS = /<{3,}|>{3,}/gu;
/** How chat templates write their turns: a server could read one in a row's text as its own. */
const TURN = /<(?=\|)/gu;

export type SlotValues = Readonly<Record<string, string | undefined>>;

/** Names of a template's slots, each once, in order. */
export function slotsIn(template: string): string[] {
  return [...new Set(Array.from(template.matchAll(SLOT), ([, name]) => name ?? ''))];
}

/** The template with its slots filled in. Outside `[[…]]` a slot without a value leaves nothing behind. */
export function fillPrompt(template: string, values: SlotValues): string {
  const valueOf = (name: string): string | undefined =>
    Object.hasOwn(values, name) ? values[name] : undefined;
  const chosen = template.replace(OPTIONAL, (_, inside: string) =>
    slotsIn(inside).every((name) => valueOf(name) !== undefined) ? inside : '',
  );
  return chosen.replace(SLOT, (_, name: string) => valueOf(name) ?? '').trim();
}

/** A row's text as it may stand between `<<<` and `>>>`. */
export function asData(text: string): string {
  const safe = text.replace(MARKS, (run) => Array.from(run).join(' ')).replace(TURN, '< ');
  return `${safe.startsWith('<') ? ' ' : ''}${safe}${safe.endsWith('>') ? ' ' : ''}`;
}

/** A model's own words in a line of a prompt: without marks and line breaks. */
export function asPhrase(text: string): string {
  return asData(text).replace(/\s+/gu, ' ').trim();
}
