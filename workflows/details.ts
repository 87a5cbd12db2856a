/** What the Temporal UI shows of a job: short Markdown with bullet lines. */
import type { ProviderBatchStep } from '../core/story/ports';
import { type Block, endedRows, type JobState, type RowCounts } from '../core/story/vocabulary';

export function rowsLine(counts: RowCounts): string {
  const { planned, accepted, rejected, failed } = counts;
  return `${endedRows(counts)} of ${planned} rows: ${accepted} accepted, ${rejected} rejected, ${failed} failed`;
}

/** Provider batches that are not collected, and what the provider says about them. */
export function batchLine(steps: readonly ProviderBatchStep[]): { line: string; answered: number } {
  const sum = (part: 'answered' | 'requests') => steps.reduce((total, step) => total + (step[part] ?? 0), 0);
  const answered = sum('answered');
  const says = [...new Set(steps.flatMap((step) => step.says ?? []))].join(', ');
  const batches = `${steps.length} provider ${steps.length === 1 ? 'batch' : 'batches'}`;
  const line = `${batches}: ${answered} of ${sum('requests')} requests answered${says ? ` (${says})` : ''}`;
  return { line, answered };
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '100 %' : `${((100 * part) / whole).toFixed(0)} %`;
}

export interface JobView {
  readonly jobId: string;
  readonly state: JobState;
  readonly stage: string;
  /** Finished stages in order, each with its line. */
  readonly lines: readonly string[];
  readonly current?: string;
  readonly block?: Block;
}

export function jobDetails({ jobId, state, stage, lines, current, block }: JobView): string {
  return [
    `### ${state}${stage ? ` · ${stage}` : ''}`,
    ...lines.map((line) => `- ${line}`),
    ...(current ? [`- ${current}`] : []),
    ...(block ? blockLines(jobId, block) : []),
  ].join('\n');
}

function blockLines(jobId: string, { code, message, samples, choices }: Block): string[] {
  return [
    '',
    `**Blocked: \`${code}\`**`,
    `- ${message}`,
    ...samples.map((sample) => `- \`${sample.replaceAll('`', "'")}\``),
    `- To go on: \`perennial resume ${jobId}${choices.length > 0 ? ` [--choice ${choices.join('|')}]` : ''}\``,
  ];
}
