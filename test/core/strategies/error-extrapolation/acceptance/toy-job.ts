/** The job that the acceptance tests run on the toys, unless they say otherwise. */
import type { Toy } from '../../../../support/toys/toy';
import type { StoryOptions } from './story-run';
import { toyWriter } from './toy-writer';
import type { WriterOptions } from './toy-writer';

export interface ToyJob extends WriterOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  readonly choices?: StoryOptions['choices'];
  readonly spoil?: StoryOptions['spoil'];
}

export function toyJob(
  toy: Toy<object, object>,
  { params, seed = 1, choices, spoil, ...writer }: ToyJob = {},
): StoryOptions {
  return {
    params: {
      task: { kind: toy.kind, instruction: 'Tell what is said.', labels: toy.labels },
      seedPerLabel: 200,
      topUpWavesMax: 0,
      reasonsPerLabel: 0,
      roundsMax: 2,
      stopGainPoints: null,
      errorsMin: 0,
      errorsPerRoundMax: 100,
      variants: { near: 1 },
      extraShareMin: 0,
      extraShareMax: 1,
      composition: 'synthetic-only',
      outputMode: 'plain',
      filters: 'off',
      judge: 'off',
      // Of a toy's texts one word tells the label, and stands among the first ones now and then.
      onArtefact: 'warn',
      ...params,
    },
    inputs: { gold: toy.gold, ...(toy.contexts.length === 0 ? {} : { contexts: toy.contexts }) },
    seed,
    ...(choices === undefined ? {} : { choices }),
    ...(spoil === undefined ? {} : { spoil }),
    answer: toyWriter(toy, writer),
  };
}
