/** Whether a written row holds a piece of a row that is kept apart for judging. Hashes only: the texts stay unseen. */
import { sha256 } from '../../../hash';
import { words } from '../../../text/words';
import { writtenText } from '../prompt-task';
import type { TaskKind, Texts } from '../records';
import { leakHashes } from '../word-shingles';

const HASH_DIGITS = 16;
/** 52 bits: whole numbers of this size are exact. */
const DIGITS_COMPARED = 13;
const ROOM_AT_FIRST = 1 << 12;

/**
 * Hashes of every `leakWords` running words of what the model writes; of all its words where there are fewer. A short
 * target or question says nothing by itself ("When was it built?"), so that it counts with its context.
 */
export function evalHashes(kind: TaskKind, texts: Texts, leakWords: number): string[] {
  const written = writtenText(kind, texts);
  const list = words(written);
  if (list.length === 0) return [];
  if (kind === 'text' || list.length >= leakWords) return leakHashes(written, leakWords);
  const whole = [words(texts.context ?? '').join(' '), list.join(' ')].join('\u0000');
  return [sha256(whole).slice(0, HASH_DIGITS)];
}

/** Hashes as sorted numbers, 8 bytes each: an evaluation set has millions of them. */
export class EvalHashes {
  #sorted = new Float64Array(0);

  static async read(hashes: AsyncIterable<string>): Promise<EvalHashes> {
    let values = new Float64Array(ROOM_AT_FIRST);
    let count = 0;
    for await (const hash of hashes) {
      if (count === values.length) {
        const larger = new Float64Array(2 * count);
        larger.set(values);
        values = larger;
      }
      values[count] = numberOf(hash);
      count += 1;
    }
    const read = new EvalHashes();
    read.#sorted = values.slice(0, count).sort();
    return read;
  }

  has(hash: string): boolean {
    const value = numberOf(hash);
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low] === value;
  }
}

function numberOf(hash: string): number {
  return parseInt(hash.slice(0, DIGITS_COMPARED), 16);
}
