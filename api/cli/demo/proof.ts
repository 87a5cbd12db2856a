import type { Report } from '../../../core/report';
import type { JobView } from '../../job-view';

const SHOWN_CHARACTERS = 400;

/** The promises, counted, from the job's own report. */
export function proofLines(
  { proof, records }: Pick<Report, 'proof' | 'records'>,
  inFlightMax: number,
): string[] {
  const { planned, accepted, rejected, failed } = proof.rows;
  return [
    'The proof:',
    `  rows: ${planned} planned = ${accepted} accepted + ${rejected} rejected + ${failed} failed, open ${proof.open}: ${proof.balanced ? 'it adds up' : 'IT DOES NOT ADD UP'}`,
    `  calls sent: ${proof.calls}; asked again because of the kill: ${proof.callsRepeated} (at most ${inFlightMax} in flight and 1 about to be)`,
    `  records in the dataset: ${records}`,
  ];
}

/** What the model's calls came to. An answer that cannot be used is asked for once more. */
export function relationLines({ stages }: Pick<Report, 'stages'>, name: string): string[] {
  return stages
    .filter(({ stage }) => stage === name)
    .map(
      ({ calls, planned, accepted }) =>
        `  relations: ${calls} calls for ${planned} rows, ${accepted} accepted (${percent(accepted, planned)})`,
    );
}

function percent(part: number, whole: number): string {
  return whole === 0 ? 'none planned' : `${Math.round((100 * part) / whole)} %`;
}

/** What the filters took out, and why. */
export function rejectionLines({ stages }: Pick<JobView, 'stages'>): string[] {
  return stages
    .map(({ stage, reasons }) => ({ stage, counts: Object.entries(reasons) }))
    .filter(({ counts }) => counts.length > 0)
    .map(
      ({ stage, counts }) =>
        `  not used, ${stage}: ${counts.map(([reason, n]) => `${n} ${reason}`).join(', ')}`,
    );
}

export function recordLines(records: readonly unknown[]): string[] {
  return records.flatMap((record, index) => [
    `Record ${index + 1}:`,
    `  ${textOf(record).replaceAll('\n', '\n  ')}`,
  ]);
}

export function textOf(record: unknown): string {
  const found = typeof record === 'object' && record !== null && 'text' in record ? record.text : record;
  const text = typeof found === 'string' ? found : JSON.stringify(found);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
