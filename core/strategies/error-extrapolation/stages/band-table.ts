/** Ordinals by a 32-bit hash, 12 bytes an entry: an index of a million rows has sixteen million of them. */
const ENTRIES_AT_FIRST = 1 << 12;
const NONE = -1;

export class BandTable {
  /** Latest entry of each slot. */
  #heads = new Int32Array(ENTRIES_AT_FIRST).fill(NONE);
  #next = new Int32Array(ENTRIES_AT_FIRST);
  #hashes = new Uint32Array(ENTRIES_AT_FIRST);
  #ordinals = new Int32Array(ENTRIES_AT_FIRST);
  #count = 0;

  add(hash: number, ordinal: number): void {
    if (this.#count === this.#next.length) this.#grow();
    this.#hashes[this.#count] = hash;
    this.#ordinals[this.#count] = ordinal;
    this.#link(this.#count);
    this.#count += 1;
  }

  /** Latest first. */
  *of(hash: number): Iterable<number> {
    for (let at = this.#heads[this.#slot(hash)]!; at !== NONE; at = this.#next[at]!) {
      if (this.#hashes[at] === hash) yield this.#ordinals[at]!;
    }
  }

  #slot(hash: number): number {
    return hash & (this.#heads.length - 1);
  }

  #link(entry: number): void {
    const slot = this.#slot(this.#hashes[entry]!);
    this.#next[entry] = this.#heads[slot]!;
    this.#heads[slot] = entry;
  }

  #grow(): void {
    const room = 2 * this.#next.length;
    this.#hashes = copied(this.#hashes, new Uint32Array(room));
    this.#ordinals = copied(this.#ordinals, new Int32Array(room));
    this.#next = new Int32Array(room);
    this.#heads = new Int32Array(room).fill(NONE);
    for (let entry = 0; entry < this.#count; entry += 1) this.#link(entry);
  }
}

function copied<T extends Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
