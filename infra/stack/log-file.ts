import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export const LOG_BYTES_MAX = 10 * 1024 ** 2;

export interface LogFile {
  readonly path: string;
  write(chunk: string | Uint8Array): void;
  close(): void;
}

/** Appends to `path`; when it is full it becomes `<path>.1`, and the one before that is dropped. */
export function openLogFile(path: string, bytesMax: number = LOG_BYTES_MAX): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let descriptor = openSync(path, 'a');
  let bytes = fstatSync(descriptor).size;
  let open = true;
  return {
    path,
    write(chunk) {
      if (!open) return;
      try {
        if (bytes > 0 && bytes + chunk.length > bytesMax) {
          closeSync(descriptor);
          renameSync(path, `${path}.1`);
          descriptor = openSync(path, 'a');
          bytes = 0;
        }
        bytes += typeof chunk === 'string' ? writeSync(descriptor, chunk) : writeSync(descriptor, chunk);
      } catch {
        // A full disk must not end the supervisor: the line is lost, the processes say so themselves.
      }
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

/** The last lines of a log, for an error message. */
export function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}
