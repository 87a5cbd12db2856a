/** One small task of each kind, and what a row of it is asked for. */
import type { Capability, Reply } from '../../../../../core/calls';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import type { FilterContext } from '../../../../../core/strategies/error-extrapolation/filters';
import { ERROR_EXTRAPOLATION_PROMPTS } from '../../../../../core/strategies/error-extrapolation/prompts';
import type { TaskKind, Texts, WriteData } from '../../../../../core/strategies/error-extrapolation/records';
import type { WriteSources } from '../../../../../core/strategies/error-extrapolation/write-call';

const TASKS: Readonly<Record<TaskKind, Readonly<Record<string, unknown>>>> = {
  text: {
    kind: 'text',
    instruction: 'Tell what a guest of a hotel thinks of the stay.',
    labels: [
      { id: 'neg', phrase: 'negative', definition: 'The guest would not come again.' },
      { id: 'pos', phrase: 'positive', definition: 'The guest would come again.' },
    ],
  },
  pair: {
    kind: 'pair',
    instruction: 'Does the context say what the target says?',
    labels: [
      { id: 'yes', phrase: 'entailed' },
      { id: 'no', phrase: 'not entailed' },
    ],
  },
  'extractive-qa': { kind: 'extractive-qa', instruction: 'Answer questions about towers.' },
};

export const TOWER = 'The Eiffel Tower was built in Paris. It opened in 1889 and has three floors.';

export interface Given {
  readonly kind?: TaskKind;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly prompts?: Readonly<Record<string, string>>;
  readonly task?: Readonly<Record<string, unknown>>;
  readonly capabilities?: readonly Capability[];
  readonly judge?: readonly Capability[];
  readonly lengths?: { readonly min: number; readonly max: number };
}

export function contextOf({
  kind = 'text',
  params = {},
  prompts = {},
  task = {},
  capabilities = ['chat', 'jsonSchema'],
  judge,
  lengths = { min: 2, max: 40 },
}: Given = {}): FilterContext {
  const model = (name: string, able: readonly Capability[]) => ({
    name,
    capabilities: able,
    contextTokens: 8_192,
  });
  return {
    params: errorExtrapolationParamsSchema.parse({ task: { ...TASKS[kind], ...task }, ...params }),
    prompts: { ...ERROR_EXTRAPOLATION_PROMPTS, ...prompts },
    models: {
      generator: model('x/writer', capabilities),
      ...(judge === undefined ? {} : { judge: model('x/judge', judge) }),
    },
    outputTokensMax: 100,
    lengths,
  };
}

export const PLAIN: Given = { params: { outputMode: 'plain' } };
export const PAPER: Readonly<Record<string, unknown>> = {
  style: 'paper',
  outputMode: 'plain',
  parser: 'raw',
  filters: 'off',
};

export function reply(text: string, given: Partial<Reply> = {}): Reply {
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
  return { text, finish: 'stop', refused: false, usage, ...given };
}

/** A row of each variant; `contrast` turns the label, in question answering the answer. */
export function dataOf(
  kind: TaskKind,
  variant: WriteData['variant'],
  given: Partial<WriteData> = {},
): WriteData {
  const [label, other] = kind === 'pair' ? ['yes', 'no'] : ['neg', 'pos'];
  const labelled = kind === 'extractive-qa' ? {} : { label };
  const answer = kind === 'extractive-qa' ? { answer: { text: '1889', start: 50 } } : {};
  const imitation = variant === 'seed' ? {} : { parentId: 'g1' };
  const byVariant: Readonly<Record<WriteData['variant'], Partial<WriteData>>> = {
    seed:
      kind === 'text' ? { case: 'noise at night', reasons: ['Thin walls.', 'a bar below'], words: 30 } : {},
    near: {},
    shift: {},
    contrast: kind === 'extractive-qa' ? { predicted: 'Paris' } : { other, predicted: other },
    pattern: {
      pattern: { name: 'praise', pattern: 'Praise of a small thing hides a complaint.', vary: 'the thing' },
    },
    boundary: { other, alpha: 70 },
  };
  return { variant, reasons: [], ...labelled, ...answer, ...imitation, ...byVariant[variant], ...given };
}

export const PARENTS: Readonly<Record<TaskKind, Texts>> = {
  text: { text: 'Lovely soap, shame about the room.' },
  pair: { context: TOWER, target: 'The tower opened in 1889.' },
  'extractive-qa': {
    context: TOWER,
    question: 'When did it open?',
    answers: [{ text: '1889', start: 50 }],
  },
};

export function sourcesOf(kind: TaskKind, variant: WriteData['variant']): WriteSources {
  if (variant !== 'seed') return { parent: PARENTS[kind], examples: [] };
  return kind === 'text' ? { examples: [] } : { context: { context: TOWER }, examples: [] };
}
