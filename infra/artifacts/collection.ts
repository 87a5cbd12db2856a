/** Collections: JSONL artifacts whose items can be read in order or by ordinal. */
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { Json } from '../../core/json';
import type { ArtifactStore, Written } from './store';

/** Bytes of one offset: a little-endian double, exact to 2^53. */
const OFFSET_BYTES = 8;
/** Items that are read together, and what is kept of each collection: a plan's neighbours read the same sources. */
const BLOCK_BYTES_MAX = 64 * 1024;
const CACHED_BYTES_MAX = 16 * 1024 ** 2;

export interface WrittenCollection {
  readonly data: Written;
  /** Offsets of every line's begin, and the end of the last: items + 1 numbers. */
  readonly index: Written;
  readonly items: number;
}

/** Takes items one by one; equal items in equal order give equal bytes. */
export class CollectionWriter {
  readonly #lines = new PassThrough();
  readonly #offsets: number[] = [0];
  readonly #data: Promise<Written>;

  constructor(private readonly store: ArtifactStore) {
    this.#data = store.write(this.#lines);
    this.#data.catch((error: Error) => this.#lines.destroy(error)); // a full disk fails the append that waits
  }

  async append(item: Json): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(item)}\n`);
    this.#offsets.push(this.#offsets.at(-1)! + line.byteLength);
    if (!this.#lines.write(line)) await Promise.race([once(this.#lines, 'drain'), this.#data]);
  }

  async finish(): Promise<WrittenCollection> {
    this.#lines.end();
    const data = await this.#data;
    const index = await this.store.write([Buffer.from(Float64Array.from(this.#offsets).buffer)]);
    return { data, index, items: this.#offsets.length - 1 };
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    this.#lines.destroy(new Error('the collection is abandoned'));
    await this.#data.catch(() => undefined);
  }
}

/** Items of a JSONL artifact in order. */
export async function* readLines<T>(
  store: ArtifactStore,
  sha256: string,
  range?: { start: number; end: number },
): AsyncIterable<T> {
  yield* parseLines<T>(store.read(sha256, range));
}

/** Items of a stream of JSON lines. Lines end with \n only: other line ends may stand in a text. */
export async function* parseLines<T>(stream: Readable): AsyncIterable<T> {
  let rest = '';
  for await (const piece of stream.setEncoding('utf8')) {
    const lines = (rest + (piece as string)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line !== '') yield JSON.parse(line) as T;
  }
  if (rest !== '') yield JSON.parse(rest) as T;
}

export interface CollectionRef {
  readonly sha256: string;
  readonly indexSha256: string;
}

interface Block {
  readonly items: Promise<unknown[]>;
  readonly bytes: number;
}

/** Random access through the offset index. Items are read in blocks of neighbours, which a plan's rows often share. */
export class CollectionReader {
  #index: Promise<{ offsets: Float64Array; starts: readonly number[] }> | undefined;
  readonly #blocks = new Map<number, Block>();
  #cachedBytes = 0;

  constructor(
    private readonly store: ArtifactStore,
    private readonly ref: CollectionRef,
  ) {}

  /** @throws RangeError when an ordinal is outside the collection: plans point only at items that exist. */
  async items<T>(ordinals: readonly number[]): Promise<T[]> {
    const { offsets, starts } = await (this.#index ??= this.#readIndex().catch((error: unknown) => {
      this.#index = undefined;
      throw error;
    }));
    const found: T[] = [];
    for (const ordinal of ordinals) {
      if (!(ordinal >= 0 && ordinal < offsets.length - 1)) {
        throw new RangeError(
          `item ${ordinal} of a collection of ${offsets.length - 1} items (${this.ref.sha256})`,
        );
      }
      const at = blockOf(starts, ordinal);
      const [from, to] = [starts[at]!, starts[at + 1] ?? offsets.length - 1];
      found.push((await this.#block(at, offsets[from]!, offsets[to]!))[ordinal - from] as T);
    }
    return found;
  }

  /** Rows of a batch miss together: the first one's read serves all. */
  #block(at: number, start: number, end: number): Promise<unknown[]> {
    const known = this.#blocks.get(at);
    if (known) {
      this.#blocks.delete(at); // moves it to the young end
      this.#blocks.set(at, known);
      return known.items;
    }
    const block = { items: this.#read(start, end), bytes: end - start };
    block.items.catch(() => this.#forget(at)); // a fault of the moment is not remembered
    this.#blocks.set(at, block);
    this.#cachedBytes += block.bytes;
    for (const oldest of this.#blocks.keys()) {
      if (this.#cachedBytes <= CACHED_BYTES_MAX || this.#blocks.size === 1) break;
      this.#forget(oldest);
    }
    return block.items;
  }

  #forget(at: number): void {
    this.#cachedBytes -= this.#blocks.get(at)?.bytes ?? 0;
    this.#blocks.delete(at);
  }

  async #read(start: number, end: number): Promise<unknown[]> {
    const items: unknown[] = [];
    for await (const item of readLines<unknown>(this.store, this.ref.sha256, { start, end }))
      items.push(item);
    return items;
  }

  async #readIndex(): Promise<{ offsets: Float64Array; starts: readonly number[] }> {
    const pieces: Buffer[] = [];
    for await (const piece of this.store.read(this.ref.indexSha256)) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    const offsets = Float64Array.from({ length: bytes.byteLength / OFFSET_BYTES }, (_, i) =>
      bytes.readDoubleLE(i * OFFSET_BYTES),
    );
    return { offsets, starts: blockStarts(offsets) };
  }
}

/** The first ordinal of every block: as many neighbours as fit, and at least one item. */
function blockStarts(offsets: Float64Array): number[] {
  const starts: number[] = [];
  for (let i = 0, from = 0; i < offsets.length - 1; i += 1) {
    if (starts.length > 0 && offsets[i + 1]! - offsets[from]! <= BLOCK_BYTES_MAX) continue;
    starts.push(i);
    from = i;
  }
  return starts;
}

/** The block that holds an ordinal. */
function blockOf(starts: readonly number[], ordinal: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= ordinal) low = middle;
    else high = middle - 1;
  }
  return low;
}
