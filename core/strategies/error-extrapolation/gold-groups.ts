/** Which rows must not be parted between splits: one group, one text, or nearly one text with one label. */
import type { Sketch } from './gold-sketch';
import { sketchJaccard } from './gold-sketch';

/** Rows of one band's bucket that a row is compared with; templates would otherwise make all pairs. */
export const BUCKET_COMPARISONS_MAX = 32;

/** Sets of ordinals that grow together; a set is named by its smallest member. */
export class Sets {
  private readonly parent: number[] = [];

  add(): number {
    return this.parent.push(this.parent.length) - 1;
  }

  rootOf(ordinal: number): number {
    let root = ordinal;
    while (this.parent[root] !== root) root = this.parent[root]!;
    for (let at = ordinal; at !== root;) {
      const next = this.parent[at]!;
      this.parent[at] = root;
      at = next;
    }
    return root;
  }

  unite(a: number, b: number): void {
    const [one, two] = [this.rootOf(a), this.rootOf(b)];
    this.parent[Math.max(one, two)] = Math.min(one, two);
  }
}

/**
 * Calls `found` for pairs of texts that are nearly one. Both belong to one class (a label), earlier ordinals first. A pair
 * that other pairs have joined already may be passed over, as `joined` says.
 */
export function nearPairs(
  sketches: readonly (Sketch & { readonly class: number })[],
  jaccardMin: number,
  found: (earlier: number, later: number) => void,
  joined: (earlier: number, later: number) => boolean = () => false,
): void {
  const keys = new Float64Array(sketches.length);
  const bands = sketches[0]?.bands.length ?? 0;
  for (let band = 0; band < bands; band += 1) {
    // Class and band hash in one number, so that a run of equal keys is a bucket.
    for (const [i, sketch] of sketches.entries()) keys[i] = sketch.class * 2 ** 32 + sketch.bands[band]!;
    const order = Uint32Array.from(keys, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
    let from = 0;
    for (let at = 1; at < order.length; at += 1) {
      if (keys[order[at]!] !== keys[order[from]!]) from = at;
      for (let k = Math.max(from, at - BUCKET_COMPARISONS_MAX); k < at; k += 1) {
        const [earlier, later] = [order[k]!, order[at]!];
        if (joined(earlier, later)) continue;
        if (sketchJaccard(sketches[earlier]!.hashes, sketches[later]!.hashes) >= jaccardMin)
          found(earlier, later);
      }
    }
  }
}
