/**
 * A value from a typed file as JSON has it: whole numbers as numbers, times as ISO 8601, maps as objects, what is missing as
 * null.
 * @throws RangeError for what would be changed or lost: integers beyond 2^53, and bytes that are no text
 */
export function plainValue(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null; // NaN is how tables write "missing"
    case 'bigint': {
      const number = Number(value);
      if (Number.isSafeInteger(number)) return number;
      throw new RangeError(
        `expected numbers that can be kept exactly, got ${value}; write the column as text`,
      );
    }
    case 'object':
      return value === null ? null : plainObject(value);
    default:
      return null;
  }
}

function plainObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [String(key), plainValue(member)]));
  if (value instanceof Uint8Array)
    throw new RangeError('expected text, numbers, lists and structs, got a column of bytes');
  if (ArrayBuffer.isView(value)) return [...(value as unknown as Iterable<unknown>)].map(plainValue);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainValue(member)]));
}
