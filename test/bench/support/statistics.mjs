export function median(numbers) {
  return quantile(numbers, 0.5);
}

/** Between two numbers, by their distance; undefined of nothing. */
export function quantile(numbers, share) {
  if (numbers.length === 0) return undefined;
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}

/** `310 (305–312)` */
export function spread(numbers, digits = 0) {
  if (numbers.length === 0) return '–';
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return `${median(numbers).toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

export const spreadOf = (items, pick, digits) => spread(items.map(pick), digits);
