import { MESSAGE_CHARACTERS_MAX } from '../../../core/story/limits';
import { StudentFault } from '../student-trainer';

/** How a trainer ends, and what follows. Any other code, and a signal, counts as `internal`. */
export const EXIT_CODES = {
  0: { name: 'done', means: 'ended well', retry: true },
  64: { name: 'bad job', means: 'refuses the job', retry: false },
  65: { name: 'bad data', means: 'cannot use the data', retry: false },
  70: { name: 'internal', means: 'failed', retry: true },
  75: { name: 'temporary', means: 'cannot do it now', retry: true },
  143: { name: 'stopped', means: 'was stopped from outside', retry: true },
} as const;

/** A shell's and `setpriv`'s way of saying that there is no such program, or that it may not be run. */
const NOT_STARTED = [126, 127];
const NOT_STARTED_WORDS = /^cannot start /m;
const LAST_WORDS_MAX = 300;

export interface TrainerEnd {
  readonly code: number | null;
  /** Of the last `error` event. */
  readonly error?: string;
  /** The end of standard error, scrubbed. */
  readonly tail: string;
}

/** What a trainer's end without a result means. */
export function faultOfExit(name: string, end: TrainerEnd): StudentFault {
  const words = (end.error ?? lastWords(end.tail)).trim();
  const said = words === '' ? 'It said nothing.' : words;
  if (NOT_STARTED.includes(end.code ?? 0) || NOT_STARTED_WORDS.test(end.tail)) {
    const remedy = 'Correct its command in perennial.config.yaml, or install what it needs.';
    return studentFault(`Student ${name}: expected its trainer to start, got: ${said} ${remedy}`, false);
  }
  if (end.code === 0)
    return studentFault(`Student ${name}: the trainer ended with 0 but gave no result.`, true);
  const known = EXIT_CODES[end.code as keyof typeof EXIT_CODES] as (typeof EXIT_CODES)[70] | undefined;
  const { means, retry } = known ?? EXIT_CODES[70];
  return studentFault(
    `Student ${name}: the trainer ${means} (exit code ${end.code ?? 'none'}). ${said}`,
    retry,
  );
}

export function studentFault(message: string, retry: boolean): StudentFault {
  return new StudentFault(message.slice(0, MESSAGE_CHARACTERS_MAX), retry);
}

function lastWords(tail: string): string {
  return tail.slice(-LAST_WORDS_MAX);
}
