import { setTimeout as wait } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { Problem } from '../../core/problem';
import { CLOSED_STATES } from '../../core/story/vocabulary';
import type { JobView } from '../job-view';
import { currentStage, progressLine } from './show-job';
import type { Terminal } from './terminal';

const POLL_MS = 1_000;
/** Where a line cannot be drawn over, progress is a new line this often at most. */
const LINE_EVERY_MS = 5_000;

export interface WatchOptions {
  readonly pollMs?: number;
  /** Called with every look; true ends the watch. */
  readonly onLook?: (job: JobView) => boolean | Promise<boolean>;
}

/** Shows a job until nothing more happens by itself: it has ended, or waits for a person. */
export async function watchJob(terminal: Terminal, id: string, options: WatchOptions = {}): Promise<JobView> {
  const client = terminal.client();
  const view = terminal.interactive ? createBar() : createLines(terminal);
  let away = false;
  let seen = false;
  let told: string | undefined;
  try {
    for (;;) {
      try {
        const job = await client.job(id);
        seen = true;
        away = false;
        view.show(job);
        if (job.problem !== undefined && job.problem !== told) terminal.note(`waiting: ${job.problem}`);
        told = job.problem;
        if (CLOSED_STATES.includes(job.state) || job.state === 'blocked') return job;
        if ((await options.onLook?.(job)) === true) return job;
      } catch (error) {
        // The job does not need the API, nor us: a watch outlives a restart of the API.
        if (!seen || !(error instanceof Problem && error.code === 'api-unavailable')) throw error;
        if (!away) terminal.note('the API does not answer; the job goes on without it. Waiting.');
        away = true;
      }
      await wait(options.pollMs ?? POLL_MS);
    }
  } finally {
    view.close();
  }
}

interface ProgressView {
  show(job: JobView): void;
  close(): void;
}

function createBar(): ProgressView {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {line}',
      hideCursor: true,
      stream: process.stderr,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    show(job) {
      const { planned, open } = job.rows;
      const line = progressLine(job);
      if (started) bar.setTotal(planned);
      else bar.start(planned, 0, { line });
      started = true;
      bar.update(planned - open, { line });
    },
    close() {
      if (started) bar.stop();
    },
  };
}

function createLines(terminal: Terminal): ProgressView {
  let last = '';
  let place = '';
  let at = 0;
  return {
    show(job) {
      const line = `${job.state} ${progressLine(job)}`;
      const now = `${job.state} ${currentStage(job) ?? ''}`;
      if (line === last || (now === place && Date.now() - at < LINE_EVERY_MS)) return;
      [last, place, at] = [line, now, Date.now()];
      terminal.note(line);
    },
    close() {},
  };
}
