import type { Json } from '../../json';

export const examples: readonly Readonly<Record<string, Json>>[] = [
  {
    strategy: 'prompt-template',
    params: {
      template: 'Write a short product review of {product} in the voice of {voice}.',
      samples: 2,
      completionTokensMax: 256,
    },
    inputs: {
      rows: [
        { product: 'a copper kettle', voice: 'a retired sailor' },
        { product: 'a folding bicycle', voice: 'a hurried student' },
        { product: 'a desk lamp', voice: 'a careful librarian' },
      ],
    },
    models: { generator: 'scripted/scripted-1' },
    seed: 1,
  },
];
