import { sha256 } from './hash';

// Bound once: in a sandbox of its own, as workflows and tests have it, each look-up of a global is slow.
const { floor, imul } = Math;

/** A source of uniform 32-bit integers; the same seed gives the same sequence everywhere. */
export interface Random {
  next(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
}

/** mulberry32; `seed` is any 32-bit integer. */
export function mulberry32(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = imul(state ^ (state >>> 15), 1 | state);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { next, integer: (n) => floor((((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53) * n) };
}

/** A generator for one named purpose: draws for one purpose never shift those for another. */
export function randomFor(seed: number, ...purpose: readonly (string | number)[]): Random {
  return mulberry32(seedFor(seed, ...purpose));
}

/** A 32-bit seed derived from the job's seed and the names of its purpose. */
export function seedFor(seed: number, ...purpose: readonly (string | number)[]): number {
  return parseInt(sha256([seed, ...purpose].join('\u0000')).slice(0, 8), 16);
}
