/** How fast a job's rows end, from what this process saw lately; nothing is read for it. */

/** Older samples say nothing about now. */
const WINDOW_MS = 60_000;
/** Samples closer together than this are one. */
const SAMPLE_MS = 1_000;
const JOBS_MAX = 1_000;

interface Sample {
  readonly at: number;
  readonly ended: number;
}

export interface Pace {
  /**
   * Notes how many rows have ended, and says rows per second over the last minute.
   * @param since when the current stage began: its average stands in until there are two samples.
   */
  observe(job: string, ended: number, endedOfStage: number, since: number, now: number): number;
}

export function createPace(): Pace {
  const samples = new Map<string, Sample[]>();
  return {
    observe(job, ended, endedOfStage, since, now) {
      const kept = (samples.get(job) ?? []).filter(({ at }) => at >= now - WINDOW_MS);
      const last = kept.at(-1);
      if (last === undefined || now - last.at >= SAMPLE_MS) kept.push({ at: now, ended });
      samples.delete(job); // back to the end: the first of a Map is the one not asked for longest
      samples.set(job, kept);
      if (samples.size > JOBS_MAX) samples.delete(samples.keys().next().value!);
      const first = kept[0]!;
      if (now - first.at >= SAMPLE_MS) return ((ended - first.ended) / (now - first.at)) * 1_000;
      return now > since ? (endedOfStage / (now - since)) * 1_000 : 0;
    },
  };
}
