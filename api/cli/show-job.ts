import type { JobView } from '../job-view';
import { costLines, costText } from './show-cost';

const MINUTE_S = 60;
const HOUR_S = 3_600;

export function duration(seconds: number): string {
  if (seconds < MINUTE_S) return `${Math.round(seconds)} s`;
  if (seconds < HOUR_S) return `${Math.round(seconds / MINUTE_S)} min`;
  return `${(seconds / HOUR_S).toFixed(1)} h`;
}

export function rate(rowsPerSecond: number): string {
  return rowsPerSecond >= 1
    ? `${rowsPerSecond.toFixed(1)}/s`
    : `${(rowsPerSecond * MINUTE_S).toFixed(1)}/min`;
}

/** The stage whose rows are being worked on, else the last one that began. */
export function currentStage(job: JobView): string | undefined {
  const open = job.stages.findLast((stage) => stage.state === 'planned');
  return open?.stage ?? job.stages.at(-1)?.stage ?? job.stage;
}

/** `write: 120/400 rows · 3 rejected · 4.2/s · 1 min left · $0.02` */
export function progressLine(job: JobView): string {
  const { planned, rejected, failed, open } = job.rows;
  const { pace } = job;
  return [
    `${currentStage(job) ?? 'no stage yet'}: ${planned - open}/${planned} rows`,
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(pace && pace.rowsPerSecond > 0 ? [rate(pace.rowsPerSecond)] : []),
    ...(pace?.etaSeconds !== undefined && open > 0 ? [`${duration(pace.etaSeconds)} left`] : []),
    ...(job.cost.usd !== 0 || job.cost.usdInDoubt !== 0 ? [costText(job.cost)] : []),
  ].join(' · ');
}

/** What a person must know when nothing more happens by itself. */
export function endLines(job: JobView, address: string): string[] {
  const { planned, accepted, rejected, failed, open } = job.rows;
  const counts = `${planned} planned = ${accepted} accepted + ${rejected} rejected + ${failed} failed + ${open} open`;
  const lines = [`${job.id} ${job.state}`, `  rows: ${counts}`, ...costLines(job.cost)];
  if (rejected + failed > 0) lines.push(`  what the model said: perennial rows ${job.id} --answers`);
  if (failed > 0 && job.state !== 'succeeded')
    lines.push(`  ask failed rows again: perennial retry ${job.id}`);
  const records = (job.summary as { records?: number } | undefined)?.records;
  if (records !== undefined)
    lines.push(`  records: ${records}${records === 0 ? '; the report says what happened to the rows' : ''}`);
  if (job.problem !== undefined) lines.push(`  problem: ${job.problem}`);
  if (job.block) {
    lines.push(`  blocked: ${job.block.code}: ${job.block.message}`);
    lines.push(...job.block.samples.map((sample) => `    for instance: ${sample}`));
    // At the budget's end the message itself says what to type.
    if (job.block.code !== 'budget-reached') lines.push(`  try again: perennial resume ${job.id}`);
    const others = job.block.choices.filter((choice) => choice !== 'retry');
    lines.push(...others.map((choice) => `  or answer: perennial resume ${job.id} --choice ${choice}`));
  }
  if (job.links.report !== undefined) lines.push(`  report: ${address}${job.links.report}`);
  if (job.state === 'succeeded') lines.push(`  dataset: perennial export ${job.id}`);
  if (job.links.temporal !== undefined) lines.push(`  Temporal: ${job.links.temporal}`);
  return lines;
}

/** What a program reads as the last line of `run --json`. */
export function summaryLine(job: JobView): string {
  const { id, state, rows, cost, problem, block, summary, links } = job;
  return JSON.stringify({ id, state, rows, cost, problem, block, summary, links });
}
