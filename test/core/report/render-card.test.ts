import fc from 'fast-check';
import { parse } from 'yaml';
import { renderCard } from '../../../core/report';
import { codeBlock, escapeMarkdown, markdownTable, yamlString } from '../../../core/report/markdown';
import { SAMPLE_REPORT } from '../../support/sample-report';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

test('a dataset hub can read the front matter', () => {
  const [, front = ''] = renderCard(SAMPLE_REPORT).split('---\n');
  expect(parse(front)).toEqual({
    pretty_name: SAMPLE_REPORT.title,
    license: 'unknown',
    tags: ['synthetic', 'perennial', 'entigraph'],
    size_categories: ['10K<n<100K'],
    configs: [{ config_name: 'default', data_files: 'dataset.jsonl' }],
    perennial: {
      job: SAMPLE_REPORT.jobId,
      strategy: 'entigraph@1',
      seed: 1,
      dataset_sha256: SAMPLE_REPORT.datasetHash,
    },
  });
});

test.each([
  [0, 'n<1K'],
  [999, 'n<1K'],
  [1_000, '1K<n<10K'],
  [50_000_000, 'n>10M'],
])('%p records are filed under %p', (records, size) => {
  expect(renderCard({ ...SAMPLE_REPORT, records })).toContain(`size_categories: ["${size}"]`);
});

test('any text survives YAML', () => {
  fc.assert(fc.property(anyText, (text) => expect(parse(yamlString(text))).toBe(text)));
});

test('origin, losses and limits are all there', () => {
  const card = renderCard(SAMPLE_REPORT);
  expect(card).toContain('12,819 paid, 310 reused, 41 repeated after a crash, 2 in doubt');
  expect(card).toContain('| Relations between entities | 12,000 | 11,412 (95.1 %) | 561 | 27 |');
  for (const note of SAMPLE_REPORT.notes) expect(card).toContain(`- ${note}`);
  expect(card).toContain('written by a language model');
  expect(card).not.toContain('| Documents read and cut into windows |');
});

test('a value cannot become HTML, a link, a heading or another table cell', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const escaped = escapeMarkdown(text);
      expect(escaped).not.toMatch(/[<>\n\r]|(?<!\\)[`*_[\]#|~]|^[-+=]/);
      const row = markdownTable(['a', 'b'], [[text, text]]).split('\n')[2] ?? '';
      expect(row.replace(/\\\\/g, '').match(/(?<!\\)\|/g)).toHaveLength(3);
    }),
  );
});

test('a sample cannot end its own code block', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('`', '```', '\n', 'a'), { maxLength: 20 }), (parts) => {
      const lines = codeBlock(parts.join('')).split('\n');
      const fence = (lines[0] ?? '').replace('text', '');
      expect(lines.slice(1, -1).some((line) => line.includes(fence))).toBe(false);
      expect(lines.at(-1)).toBe(fence);
    }),
  );
});
