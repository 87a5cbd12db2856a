/** Items by key, keys in the order in which they first occur. */
export function groupBy<T, Key>(items: Iterable<T>, keyOf: (item: T, index: number) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
    index += 1;
  }
  return groups;
}
