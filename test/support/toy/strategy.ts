/** A strategy as somebody adds one: this file is its folder. */
import { z } from 'zod';
import { accept, call, defineStrategy, type PlannedRow, reject } from '../../../core/strategy';

export const toy = defineStrategy<{ words: number }>({
  name: 'toy-echo',
  version: 1,
  title: 'Toy',
  summary: 'Asks for a word about each line.',
  params: z.strictObject({ words: z.int().min(1).default(5) }),
  presets: {},
  inputs: { lines: { required: true, description: 'JSONL {line}', formats: ['jsonl'] } },
  models: { generator: { required: true, description: 'any chat model', capability: 'chat' } },
  prompts: { ask: 'Say {words} words about: {line}' },
  codes: {},
  examples: [],
  stages: {
    echo: {
      kind: 'rows',
      title: 'one call a line',
      dataset: true,
      required: true,
      reads: { lines: 'inputs/lines' },
      async *plan({ read }): AsyncIterable<PlannedRow> {
        let ordinal = 0;
        for await (const { line } of read.input('lines'))
          yield { key: `line/${line}`, sources: { lines: [ordinal++] }, data: null };
      },
      step({ sources, replies, params }) {
        const [{ value }] = sources['lines'] as [{ value: { line: string } }];
        const [reply] = replies;
        if (reply)
          return reply.text === '' ? reject('empty') : accept({ line: value.line, text: reply.text });
        const content = `Say ${params.words} words about: ${value.line}`;
        return call({
          role: 'generator',
          request: { kind: 'chat', temperature: 1, tokensMax: 50, messages: [{ role: 'user', content }] },
        });
      },
    },
  },
  facts: () => ({}),
  badRowShareMax: () => 0.2,
  check: () => Promise.resolve([]),
  estimate: () => [],
  pilot: (params, rows) => ({ params, items: { lines: rows } }),
  scripted: () => undefined,
  report: () => Promise.resolve({ sections: [] }),
});
