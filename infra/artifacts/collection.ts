/** Collections: JSONL artifacts whose items can be read in order or by ordinal. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Json } from '../../core/json';
import type { ArtifactStore, Written } from './store';

/** Bytes of one offset: a little-endian double, exact to 2^53. */
const OFFSET_BYTES = 8;
/** Items kept of each collection; a plan's neighbours read the same sources. */
const CACHED_ITEMS_MAX = 2_000;
const CACHED_CHARACTERS_MAX = 32 * 1024 ** 2;

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
  let rest = '';
  for await (const piece of store.read(sha256, range).setEncoding('utf8')) {
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

/** Random access through the offset index, with a bounded cache of parsed items. */
export class CollectionReader {
  #offsets: Promise<Float64Array> | undefined;
  readonly #cache = new Map<number, { item: unknown; characters: number }>();
  #cachedCharacters = 0;

  constructor(
    private readonly store: ArtifactStore,
    private readonly ref: CollectionRef,
  ) {}

  /** @throws RangeError when an ordinal is outside the collection: plans point only at items that exist. */
  async items<T>(ordinals: readonly number[]): Promise<T[]> {
    return Promise.all(ordinals.map((ordinal) => this.#item<T>(ordinal)));
  }

  async #item<T>(ordinal: number): Promise<T> {
    const known = this.#cache.get(ordinal);
    if (known) {
      this.#cache.delete(ordinal); // moves it to the young end
      this.#cache.set(ordinal, known);
      return known.item as T;
    }
    const offsets = await (this.#offsets ??= this.#readOffsets().catch((error: unknown) => {
      this.#offsets = undefined;
      throw error;
    }));
    const [start, end] = [offsets[ordinal], offsets[ordinal + 1]];
    if (start === undefined || end === undefined) {
      throw new RangeError(
        `item ${ordinal} of a collection of ${offsets.length - 1} items (${this.ref.sha256})`,
      );
    }
    const pieces: Buffer[] = [];
    for await (const piece of this.store.read(this.ref.sha256, { start, end })) pieces.push(piece as Buffer);
    const line = Buffer.concat(pieces).toString('utf8');
    const item = JSON.parse(line) as T;
    this.#keep(ordinal, item, line.length);
    return item;
  }

  async #readOffsets(): Promise<Float64Array> {
    const pieces: Buffer[] = [];
    for await (const piece of this.store.read(this.ref.indexSha256)) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    return Float64Array.from({ length: bytes.byteLength / OFFSET_BYTES }, (_, i) =>
      bytes.readDoubleLE(i * OFFSET_BYTES),
    );
  }

  #keep(ordinal: number, item: unknown, characters: number): void {
    this.#cachedCharacters -= this.#cache.get(ordinal)?.characters ?? 0; // rows of a batch miss together
    this.#cache.set(ordinal, { item, characters });
    this.#cachedCharacters += characters;
    for (const [oldest, { characters: freed }] of this.#cache) {
      if (this.#cache.size <= CACHED_ITEMS_MAX && this.#cachedCharacters <= CACHED_CHARACTERS_MAX) return;
      this.#cache.delete(oldest);
      this.#cachedCharacters -= freed;
    }
  }
}
