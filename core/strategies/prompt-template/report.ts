import type { Json } from '../../json';
import { histogramOf, type Section, type SectionBlock } from '../../report';
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
  const lengths = new Map<number, number>();
  const samples: { title: string; text: string }[] = [];
  for await (const { row, record } of read.outcomes<Json, GeneratedRecord>(GENERATE)) {
    if (record === undefined) continue;
    const text = record.text ?? JSON.stringify(record.value, null, 2);
    lengths.set(text.length, (lengths.get(text.length) ?? 0) + 1);
    if (samples.length < SAMPLES_SHOWN)
      samples.push({ title: row.key, text: text.slice(0, SAMPLE_CHARACTERS_MAX) });
  }
  const answers: Section = {
    title: 'Answers',
    blocks: [
      { type: 'facts', facts: { records, 'answers asked for each row': params.samples } },
      {
        type: 'text',
        text: 'No quality was measured: the answers are what the model gave, in the shape asked for.',
      },
      ...(lengths.size > 1 ? [lengthChart(lengths)] : []),
      { type: 'samples', samples },
    ],
  };
  return { sections: [answers] };
}

/** Answers that are cut off, empty or run away show at its ends. */
function lengthChart(counts: ReadonlyMap<number, number>): SectionBlock {
  return {
    type: 'histogram',
    title: 'Length of the answers',
    x: { label: 'characters' },
    y: { label: 'answers' },
    ...histogramOf([{ name: 'answers', counts }]),
  };
}
