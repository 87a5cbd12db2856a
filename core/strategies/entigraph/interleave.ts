/** Merges the documents' own orders into one, so that every prefix is a balanced subset of the documents. */

interface Interleaved<Unit> {
  readonly document: number;
  readonly unit: Unit;
}

/**
 * Unit i of document d sorts by (i + 0.5) / weight of d, ties by d. Lazy: holds one unit per document, so orders may be
 * too long to be listed.
 */
export function* interleaveLazily<Unit>(
  orders: readonly Iterator<Unit>[],
  weights: readonly number[],
): Generator<Interleaved<Unit>> {
  const heap = new Heap();
  const units: Unit[] = [];
  const advance = (document: number, index: number): void => {
    const next = orders[document]!.next();
    if (next.done === true) return;
    units[document] = next.value;
    heap.push({ document, index, rank: (index + 0.5) / weights[document]! });
  };
  orders.forEach((_, document) => advance(document, 0));
  for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
    yield { document: entry.document, unit: units[entry.document]! };
    advance(entry.document, entry.index + 1);
  }
}

/** {@link interleaveLazily} for documents that are only counts: pairs of document and index. */
export function interleave(counts: readonly number[], weights: readonly number[]): [number, number][] {
  const orders = counts.map((count) => Array(count).keys());
  return Array.from(interleaveLazily(orders, weights), ({ document, unit }) => [document, unit]);
}

interface Entry {
  readonly document: number;
  readonly index: number;
  readonly rank: number;
}

/** A binary heap: with many documents, sorting anew for every unit would be quadratic. */
class Heap {
  private readonly entries: Entry[] = [];

  push(entry: Entry): void {
    const { entries } = this;
    entries.push(entry);
    for (let at = entries.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!before(entries[at]!, entries[parent]!)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): Entry | undefined {
    const { entries } = this;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top;
    entries[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < entries.length && before(entries[child]!, entries[least]!)) least = child;
      }
      if (least === at) return top;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    [this.entries[a], this.entries[b]] = [this.entries[b]!, this.entries[a]!];
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.document < b.document);
}
