import { answersPerSecond } from './mock.mjs';
import { cpuMsByName } from './processes.mjs';
import { answeredBySecond } from './timeline.mjs';

/**
 * One job through the whole stack while the mock endpoint has these faults. Throws when a row is not accepted or an
 * answer was paid twice: a number is worth nothing beside that.
 * @param work.mayBeLate true: a job that does not end in time is ended, and measured by what it did
 */
export async function runOurs(mock, stack, { body, calls, faults, deadlineMs, mayBeLate }) {
  await mock.begin(faults);
  const before = cpuMsByName(stack.pid);
  const job = await stack.runJob(body, deadlineMs, { mayBeLate });
  const after = cpuMsByName(stack.pid);
  const stats = await mock.history();
  await mock.begin();
  const { accepted } = job.rows;
  const late = job.state !== 'succeeded';
  if (!late && (stats.answered !== calls || stats.repeated > 0 || accepted !== calls))
    throw new Error(
      `job: expected ${calls} answers and rows, got ${stats.answered} answers, ${stats.repeated} of them twice, and ${accepted} rows`,
    );
  const stage = job.stages[0];
  const cpu = Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / calls]);
  return {
    rowsPerSecond: answersPerSecond(stats),
    rowsMissing: calls - accepted,
    stageSeconds: (Date.parse(stage.finishedAt ?? job.finishedAt) - Date.parse(stage.startedAt)) / 1000,
    jobSeconds: (Date.parse(job.finishedAt) - Date.parse(job.createdAt)) / 1000,
    limited: stats.byStatus['429'] ?? 0,
    requests: stats.requests,
    cpuMsPerRow: Number(cpu.reduce((sum, [, ms]) => sum + ms, 0).toFixed(3)),
    cpuMsPerRowByProcess: Object.fromEntries(cpu.map(([name, ms]) => [name, Number(ms.toFixed(3))])),
    bySecond: answeredBySecond(stats.timeline),
    timeline: stats.timeline,
  };
}

/** What is kept of a run: its timeline is evaluated and then dropped. */
export function withoutTimeline({ timeline: _timeline, ...kept }) {
  return kept;
}
