import { words } from '../../text/words';

/** Share of the output's words that the source has, each as often as the source has it; 0 for an output without words. */
export function copyShare(output: string, source: string): number {
  const left = new Map<string, number>();
  for (const word of words(source)) left.set(word, (left.get(word) ?? 0) + 1);
  const written = words(output);
  let copied = 0;
  for (const word of written) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    copied += 1;
  }
  return written.length === 0 ? 0 : copied / written.length;
}
