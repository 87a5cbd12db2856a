import type { Report } from '../../../core/report';
import { textOf } from './proof';

const ARMS = 'Arms on the test rows';
/** Of the report's table: what fits on a line. */
const COLUMNS = /^arm$|^composition$|^synthetic rows$|, %$|^95 % CI/u;

/** What the arms' students scored on the test rows, as the report has it. */
export function armLines({ sections }: Pick<Report, 'sections'>): string[] {
  const section = sections.find(({ title }) => title === ARMS);
  const table = section?.blocks.find((block) => block.type === 'table');
  if (table === undefined) return [];
  const shown = table.columns.map((name) => COLUMNS.test(name));
  const rows = [table.columns, ...table.rows].map((row) => row.filter((_, column) => shown[column]));
  return [`${ARMS}:`, ...rows.map((row) => `  ${row.join(' | ')}`)];
}

/** The demo's last word is the report's: a gain, a loss, or that nothing was shown. */
export function foundLine({ verdict }: Pick<Report, 'verdict'>): string {
  return `What this demo found: ${verdict}`;
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
