/** How often hashes were seen, 12 bytes each: a plan of a million rows does not hold a million strings. */
const SLOTS_AT_FIRST = 1 << 12;
/** A fuller table makes long walks. */
const FULL_SHARE = 0.6;
const MASK_32 = 0xffff_ffffn;

export class HashCounts {
  #hashes = new BigUint64Array(SLOTS_AT_FIRST);
  #counts = new Uint32Array(SLOTS_AT_FIRST);
  #used = 0;

  /** @param hash 64 bits as 16 hex digits. @returns how often it was added before */
  add(hash: string): number {
    if (this.#used > FULL_SHARE * this.#hashes.length) this.#grow();
    const value = BigInt(`0x${hash}`);
    const slot = this.#slotOf(value);
    const before = this.#counts[slot]!;
    if (before === 0) {
      this.#hashes[slot] = value;
      this.#used += 1;
    }
    this.#counts[slot] = before + 1;
    return before;
  }

  #slotOf(value: bigint): number {
    const mask = this.#hashes.length - 1;
    let slot = Number(value & MASK_32) & mask;
    while (this.#counts[slot] !== 0 && this.#hashes[slot] !== value) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const hashes = this.#hashes;
    const counts = this.#counts;
    this.#hashes = new BigUint64Array(2 * hashes.length);
    this.#counts = new Uint32Array(2 * hashes.length);
    for (let old = 0; old < hashes.length; old += 1) {
      if (counts[old] === 0) continue;
      const slot = this.#slotOf(hashes[old]!);
      this.#hashes[slot] = hashes[old]!;
      this.#counts[slot] = counts[old]!;
    }
  }
}
