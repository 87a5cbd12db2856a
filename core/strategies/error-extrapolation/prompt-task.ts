/** What every prompt of a task says of it. */
import type { ChatMessage, ModelFacts } from '../../calls';
import { asData, fillPrompt } from './fill-prompt';
import type { SlotValues } from './fill-prompt';
import type { ErrorExtrapolationParams } from './params';
import { MATERIAL } from './prompts';
import type { TaskKind, Texts } from './records';

export interface PromptContext {
  readonly params: ErrorExtrapolationParams;
  readonly prompts: Readonly<Record<string, string>>;
  readonly models: Readonly<Record<string, ModelFacts>>;
  /** From the lengths of gold; `params.outputTokensMax` goes before it. */
  readonly outputTokensMax?: number | undefined;
}

const ROWS: Readonly<Record<TaskKind, string>> = {
  text: 'An example is a text with one label.',
  pair: 'An example is a context and a target; its label says how the target stands to the context.',
  'extractive-qa': 'An example is a context, a question and its answer, a span of the context.',
};
const THINGS: Readonly<Record<TaskKind, string>> = {
  text: 'text',
  pair: 'target',
  'extractive-qa': 'question',
};

/** English names; another language goes by its code. */
const LANGUAGES: Readonly<Record<string, string>> = {
  ar: 'Arabic',
  cs: 'Czech',
  da: 'Danish',
  de: 'German',
  el: 'Greek',
  en: 'English',
  es: 'Spanish',
  fa: 'Persian',
  fi: 'Finnish',
  fr: 'French',
  he: 'Hebrew',
  hi: 'Hindi',
  it: 'Italian',
  ja: 'Japanese',
  ko: 'Korean',
  nl: 'Dutch',
  pl: 'Polish',
  pt: 'Portuguese',
  ru: 'Russian',
  sv: 'Swedish',
  th: 'Thai',
  tr: 'Turkish',
  uk: 'Ukrainian',
  zh: 'Chinese',
};

export function templateOf({ prompts }: Pick<PromptContext, 'prompts'>, id: string): string {
  const template = prompts[id];
  if (template === undefined) throw new TypeError(`error-extrapolation has no prompt ${id}`);
  return template;
}

export function taskSlots({ params: { task } }: Pick<PromptContext, 'params'>): SlotValues {
  return {
    instruction: task.instruction,
    language: LANGUAGES[task.language] ?? `"${task.language}"`,
    row: ROWS[task.kind],
    thing: THINGS[task.kind],
  };
}

/** The system block of all writing calls; in the paper's style there is none. */
export function systemBlock(context: Pick<PromptContext, 'params' | 'prompts'>): string {
  const labels = context.params.task.labels.map(({ phrase, definition }) => labelLine(phrase, definition));
  const values = { ...taskSlots(context), labels: labels.length === 0 ? undefined : labels.join('\n') };
  return withMaterial(fillPrompt(templateOf(context, 'system'), values));
}

export function labelLine(name: string, definition: string): string {
  return definition === '' ? `- ${name}` : `- ${name}: ${definition}`;
}

export function withMaterial(system: string): string {
  return system.includes(MATERIAL) ? system : `${system}\n\n${MATERIAL}`;
}

/** The messages of a writing call: the block that all share, then its own. */
export function writingMessages(context: PromptContext, user: string): ChatMessage[] {
  if (context.params.style === 'paper') return [{ role: 'user', content: user }];
  return [
    { role: 'system', content: systemBlock(context) },
    { role: 'user', content: user },
  ];
}

/** How prompts name a label. */
export function phraseOf({ params }: Pick<PromptContext, 'params'>, id: string): string {
  const label = params.task.labels.find((one) => one.id === id);
  if (label === undefined) throw new TypeError(`the task has no label ${JSON.stringify(id)}`);
  return label.phrase;
}

/** The field that a model writes. */
export function writtenField(kind: TaskKind): 'text' | 'target' | 'question' {
  return kind === 'text' ? 'text' : kind === 'pair' ? 'target' : 'question';
}

export function writtenText(kind: TaskKind, texts: Texts): string {
  return texts[writtenField(kind)] ?? '';
}

/** JSON where it was asked for, or where the model can; the paper's prompts are completed as they stand. */
export function outputModeOf(context: Pick<PromptContext, 'params' | 'models'>): 'json' | 'plain' {
  const { outputMode, style } = context.params;
  if (outputMode !== undefined) return outputMode;
  const { capabilities } = generatorOf(context);
  const able = capabilities.includes('jsonSchema') || capabilities.includes('jsonMode');
  return style === 'clean' && able ? 'json' : 'plain';
}

export function generatorOf({ models }: Pick<PromptContext, 'models'>): ModelFacts {
  const model = models['generator'];
  if (model === undefined) throw new TypeError('the job has no model for role generator');
  return model;
}

/** Rows shown as examples, one a line; with labels or answers where those are what is asked for. */
export function exampleLines(
  { params: { task } }: Pick<PromptContext, 'params'>,
  examples: readonly (Texts & { readonly label?: string })[],
  withSolution = false,
): string | undefined {
  if (examples.length === 0) return undefined;
  const lines = examples.map((example) => {
    const shown = `<<<${asData(writtenText(task.kind, example))}>>>`;
    const context = example.context === undefined ? '' : `<<<${asData(example.context)}>>> `;
    const answer = example.answers?.[0]?.text;
    const solution = example.label ?? (answer === undefined ? '' : `<<<${asData(answer)}>>>`);
    return `- ${context}${shown}${withSolution ? ` → ${solution}` : ''}`;
  });
  return lines.join('\n');
}
