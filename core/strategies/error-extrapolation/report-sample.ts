/** Even samples of streams: every item has the same chance, and no more are held than asked for. */
import { randomFor } from '../../random';

export async function sampleOf<T>(
  items: AsyncIterable<T>,
  size: number,
  seed: number,
  purpose: string,
): Promise<T[]> {
  const random = randomFor(seed, 'report-sample', purpose);
  const kept: T[] = [];
  let seen = 0;
  for await (const item of items) {
    seen += 1;
    if (kept.length < size) kept.push(item);
    else {
      const place = random.integer(seen);
      if (place < size) kept[place] = item;
    }
  }
  return kept;
}
