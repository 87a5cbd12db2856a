import { Problem } from '../../core/problem';
import { ApiProblem, type Client } from './client';

export const EXIT_OK = 0;
export const EXIT_NOT_SUCCEEDED = 1;
export const EXIT_BAD_INPUT = 2;

const SERVER_FAULTS_FROM = 500;
/** Faults that are nobody's input. */
const OUTSIDE_CODES: readonly string[] = ['api-unavailable', 'temporal-unavailable', 'internal', 'too-many'];

/** What a command needs of the world; tests give it another one. */
export interface Terminal {
  out(line: string): void;
  /** For people: never mixed with results that a program reads. */
  note(line: string): void;
  /** True where a line may be drawn over. */
  readonly interactive: boolean;
  client(): Client;
  exitWith(code: number): void;
}

/** One clear line with the code and what to do. A stack only for what we did not expect. */
export function reportError(terminal: Terminal, error: unknown): void {
  if (!(error instanceof Problem)) {
    terminal.note(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return terminal.exitWith(EXIT_NOT_SUCCEEDED);
  }
  terminal.note(`error: ${error.code}: ${error.message}`);
  const status = error instanceof ApiProblem ? error.answered : error.status;
  const outside = OUTSIDE_CODES.includes(error.code) || status >= SERVER_FAULTS_FROM;
  terminal.exitWith(outside ? EXIT_NOT_SUCCEEDED : EXIT_BAD_INPUT);
}
