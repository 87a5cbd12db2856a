/** Whether a text repeats what it was asked with. */
import { ngrams } from '../../text/ngrams';
import { words } from '../../text/words';
import { fillPrompt } from './fill-prompt';
import type { PromptContext } from './prompt-task';
import { systemBlock, taskSlots, templateOf, writtenText } from './prompt-task';
import type { WriteData } from './records';
import { DATA_SLOTS, promptIdOf, rowSlots } from './write-call';
import type { WriteSources } from './write-call';

const LEAK_WORDS = 8;
/** Stands where a row's text would; not a word. */
const GAP = '\n|\n';
const MARK = /<<<|>>>/u;

/** True where eight words of the instruction stand in the text, or a mark of its data that no row has brought in. */
export function leaksPrompt(
  context: PromptContext,
  data: WriteData,
  sources: WriteSources,
  text: string,
): boolean {
  const { kind } = context.params.task;
  const rows = [sources.parent, sources.context, ...sources.examples];
  const brought = rows.some(
    (row) => row !== undefined && MARK.test(`${writtenText(kind, row)} ${row.context ?? ''}`),
  );
  if (MARK.test(text) && !brought) return true;
  const grams = ngrams(words(text), LEAK_WORDS);
  if (grams.length === 0) return false;
  const system = context.params.style === 'paper' ? new Set<string>() : systemGrams(context);
  if (grams.some((gram) => system.has(gram))) return true;
  const user = userGrams(context, data, sources);
  return grams.some((gram) => user.has(gram));
}

function gramsOf(text: string): Set<string> {
  return new Set(text.split('|').flatMap((piece) => ngrams(words(piece), LEAK_WORDS)));
}

/** The words around a row's data, which may well stand in a text again. */
function userGrams(context: PromptContext, data: WriteData, sources: WriteSources): Set<string> {
  const slots = { ...taskSlots(context), ...rowSlots(context, data, sources) };
  const values = Object.fromEntries(
    Object.entries(slots).map(([name, value]) => [
      name,
      value !== undefined && DATA_SLOTS.has(name) ? GAP : value,
    ]),
  );
  return gramsOf(fillPrompt(templateOf(context, promptIdOf(context.params, data)), values));
}

/** Equal for all rows of a job, and long where a task has many labels. */
const systems = new WeakMap<object, WeakMap<object, Set<string>>>();

function systemGrams({ params, prompts }: PromptContext): Set<string> {
  const ofParams = systems.get(params) ?? new WeakMap<object, Set<string>>();
  systems.set(params, ofParams);
  const known = ofParams.get(prompts);
  if (known !== undefined) return known;
  const fresh = gramsOf(systemBlock({ params, prompts }).replace(/\n+/gu, GAP));
  ofParams.set(prompts, fresh);
  return fresh;
}
