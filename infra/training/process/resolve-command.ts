import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { sha256 } from '../../../core/hash';

/** A trainer's own file; a larger one is an interpreter or a model, and not read. */
const SCRIPT_BYTES_MAX = 1024 ** 2;

/**
 * A configured command with the files it names found: an argument that is a relative path and exists in one of the
 * folders (the configuration's first, then this package's) becomes absolute.
 */
export function resolveCommand(command: readonly string[], folders: readonly string[]): string[] {
  return command.map((word) => fileOf(word, folders) ?? word);
}

/** Hashes of the files that the command names: a changed trainer trains another student. */
export function scriptHashes(command: readonly string[]): string[] {
  return command
    .filter((word) => isAbsolute(word) && existsSync(word) && statSync(word).size <= SCRIPT_BYTES_MAX)
    .filter((word) => statSync(word).isFile())
    .map((word) => sha256(readFileSync(word)));
}

function fileOf(word: string, folders: readonly string[]): string | undefined {
  if (isAbsolute(word) || word.startsWith('-') || !/[/.]/.test(word)) return undefined;
  return folders.map((folder) => resolve(folder, word)).find((path) => existsSync(path));
}
