import type { Json } from '../../json';
import type { Section } from '../../report';
import type { PublishContext, StrategyReport } from '../../strategy';
import { GENERATE } from './story';
import type { PromptTemplateParams } from './params';

const SAMPLES_SHOWN = 5;
const SAMPLE_CHARACTERS_MAX = 2_000;

interface GeneratedRecord {
  readonly text?: string;
  readonly value?: Json;
}

export async function report({
  params,
  read,
  records,
}: PublishContext<PromptTemplateParams>): Promise<StrategyReport> {
  const samples: { title: string; text: string }[] = [];
  for await (const { row, record } of read.outcomes<Json, GeneratedRecord>(GENERATE)) {
    if (record === undefined) continue;
    const text = record.text ?? JSON.stringify(record.value, null, 2);
    samples.push({ title: row.key, text: text.slice(0, SAMPLE_CHARACTERS_MAX) });
    if (samples.length >= SAMPLES_SHOWN) break;
  }
  const answers: Section = {
    title: 'Answers',
    blocks: [
      { type: 'facts', facts: { records, 'answers asked for each row': params.samples } },
      {
        type: 'text',
        text: 'No quality was measured: the answers are what the model gave, in the shape asked for.',
      },
      { type: 'samples', samples },
    ],
  };
  return { sections: [answers] };
}
