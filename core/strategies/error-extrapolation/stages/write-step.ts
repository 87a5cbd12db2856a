/** The step of every row that the model writes: a seed row, an imitation, a preview of either. */
import type { Json } from '../../../json';
import { accept, call, reject } from '../../../strategy';
import type { Step, StepContext } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { FilterContext } from '../filters';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import type { GoldRow, Texts, WriteData, WrittenRow } from '../records';
import { generatorOf } from '../prompt-task';
import type { WriteSources } from '../write-call';
import { promptHashOf } from '../write-call';
import { writeStep as stepWriting } from '../write-step';
import type { GoldNumbers } from './gold-numbers';
import { outputTokensOf } from './gold-numbers';

/** Local names of what a writing row may read: its stage's `reads`, and the keys of its `sources`. */
export const WRITE_READS = {
  /** Ordinal 0, always. */
  numbers: 'prepare/numbers',
  /** What a seed row is about. */
  context: 'prepare/contexts',
  /** The row that is imitated. */
  parent: 'prepare/mine',
  examples: 'prepare/mine',
} as const;

type Context = Pick<
  StepContext<ErrorExtrapolationParams, unknown>,
  'params' | 'prompts' | 'models' | 'sources'
>;

export function writingContext({ params: given, prompts, models, sources }: Context, arm: string) {
  const params = paramsOfArm(given, arm);
  const [numbers] = sources['numbers'] as readonly [GoldNumbers];
  const outputTokensMax = outputTokensOf(params, numbers);
  return { params, prompts, models, lengths: numbers.lengths, outputTokensMax } satisfies FilterContext;
}

export function writingSources({ sources }: Context): WriteSources {
  const [context] = (sources['context'] ?? []) as readonly Texts[];
  const [parent] = (sources['parent'] ?? []) as readonly GoldRow[];
  return { parent, context, examples: (sources['examples'] ?? []) as readonly GoldRow[] };
}

/** Asks until there is a text; the record is a {@link WrittenRow}. */
export function writeStep(
  context: StepContext<ErrorExtrapolationParams, WriteData>,
  { arm, round = 0 }: Pick<Place, 'arm' | 'round'>,
): Step {
  const { data } = context.row;
  const writing = writingContext(context, arm);
  const written = stepWriting(writing, data, writingSources(context), context.replies);
  if ('call' in written) return call(written.call);
  if ('reason' in written) return reject(written.reason, written.detail);
  return accept(writtenRow(writing, data, written.texts, round) as unknown as Json);
}

export function writtenRow(context: FilterContext, data: WriteData, texts: Texts, round: number): WrittenRow {
  const { variant, label, parentId, reasons } = data;
  return {
    ...texts,
    ...(label === undefined ? {} : { label }),
    origin: variant === 'seed' ? 'seed' : 'extrapolated',
    round,
    variant,
    ...(parentId === undefined ? {} : { parentId }),
    reasons,
    promptHash: promptHashOf(context, data),
    model: generatorOf(context).name,
  };
}
