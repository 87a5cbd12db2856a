/** Finds rows that repeat an earlier one: MinHash bands propose, sketches of word shingles decide. */
import { HashCounts } from '../../../hash-counts';
import { sha256 } from '../../../hash';
import type { Sketch } from '../gold-sketch';
import { sketchJaccard, sketchOf } from '../gold-sketch';
import { normaliseText, textHash } from '../gold-text';
import { writtenText } from '../prompt-task';
import type { TaskKind, Texts } from '../records';
import { BandTable } from './band-table';

const HASH_DIGITS = 16;
const CLASS_DIGITS = 8;
/** Rows of one band that a row is compared with: the latest. Texts of one template would make all pairs. */
const COMPARISONS_MAX = 64;

interface Candidate extends Texts {
  readonly label?: string;
}
interface Repeat {
  readonly reason: 'duplicate-exact' | 'duplicate-near';
  readonly detail: string;
}

export class DuplicateIndex {
  readonly #exact = new HashCounts();
  readonly #bands = new BandTable();
  readonly #hashes: Uint32Array[] = [];
  /** Of near-duplicates: only rows of one class are compared. */
  readonly #classes: number[] = [];
  readonly #keys: string[] = [];

  constructor(
    private readonly kind: TaskKind,
    private readonly similarityMin: number,
  ) {}

  /** Takes the row in, or says which row it repeats. */
  add(key: string, row: Candidate): Repeat | undefined {
    if (this.#exact.add(textHash(this.kind, row).slice(0, HASH_DIGITS)) > 0)
      return { reason: 'duplicate-exact', detail: 'an earlier row has the same text' };
    if (this.similarityMin >= 1) return undefined;
    const sketch = sketchOf(writtenText(this.kind, row));
    const class_ = classOf(this.kind, row);
    const repeated = this.#like(sketch, class_);
    if (repeated !== undefined) return { reason: 'duplicate-near', detail: `repeats ${repeated}` };
    const ordinal = this.#keys.push(key) - 1;
    this.#hashes.push(sketch.hashes);
    this.#classes.push(class_);
    for (const band of sketch.bands) this.#bands.add(mix(band, class_), ordinal);
    return undefined;
  }

  #like({ hashes, bands }: Sketch, class_: number): string | undefined {
    const compared = new Set<number>();
    for (const band of bands) {
      let left = COMPARISONS_MAX;
      for (const ordinal of this.#bands.of(mix(band, class_))) {
        if (left-- === 0) break;
        if (compared.has(ordinal) || this.#classes[ordinal] !== class_) continue;
        compared.add(ordinal);
        if (sketchJaccard(this.#hashes[ordinal]!, hashes) >= this.similarityMin) return this.#keys[ordinal];
      }
    }
    return undefined;
  }
}

/** One label; and one context, because short targets and questions are alike wherever they are asked. */
function classOf(kind: TaskKind, { label = '', context = '' }: Candidate): number {
  const parts = kind === 'text' ? [label] : [label, normaliseText(context)];
  return parseInt(sha256(parts.join('\u0000')).slice(0, CLASS_DIGITS), 16);
}

function mix(band: number, class_: number): number {
  const hash = Math.imul(band ^ class_, 0x9e3779b1);
  return (hash ^ (hash >>> 15)) >>> 0;
}
