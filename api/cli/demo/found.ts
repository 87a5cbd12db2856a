import type { Report, Section } from '../../../core/report';
import { textOf } from './proof';

const CLAIMS = 'What was shown';
const ARMS = 'Arms on the test rows';
const NOTHING = 'nothing was compared: no student reached the test rows.';

/** What the arms' students scored on the test rows, as the report has it. */
export function armLines({ sections }: Pick<Report, 'sections'>): string[] {
  const table = tableOf(sections.find(({ title }) => title === ARMS));
  if (table === undefined) return [];
  return [`${ARMS}:`, ...[table.columns, ...table.rows].map((row) => `  ${row.join(' | ')}`)];
}

function tableOf(section: Section | undefined) {
  return section?.blocks.find((block) => block.type === 'table');
}

/** The demo's last word: what the report claims, whether it is a gain, a loss or nothing. */
export function foundLine({ sections }: Pick<Report, 'sections'>): string {
  const blocks = sections.find(({ title }) => title === CLAIMS)?.blocks ?? [];
  const sentences = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  return `What this demo found: ${sentences.length === 0 ? NOTHING : sentences.join(' ')}`;
}

/** Generated rows beside what they imitate; gold rows are known already. */
export function imitationLines(
  records: readonly unknown[],
  gold: readonly { readonly id: string; readonly text: string }[],
  count: number,
): string[] {
  const texts = new Map(gold.map(({ id, text }) => [id, text]));
  return records
    .filter(isGenerated)
    .sort((a, b) => Number('parentId' in b) - Number('parentId' in a))
    .slice(0, count)
    .flatMap((record) => {
      const parent = record.parentId === undefined ? undefined : texts.get(record.parentId);
      const title = parent === undefined ? `Seed row (${record.label}):` : `Imitation (${record.label}):`;
      return [
        title,
        `  ${textOf(record)}`,
        ...(parent === undefined ? [] : ['of the error:', `  ${parent}`]),
      ];
    });
}

interface Generated {
  readonly label?: string;
  readonly parentId?: string;
}

function isGenerated(record: unknown): record is Generated {
  return typeof record === 'object' && record !== null && 'origin' in record && record.origin !== 'gold';
}
