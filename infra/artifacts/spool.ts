/** Items that are kept until it is known whether they are wanted, on the local disk and in no store. */
import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../core/json';
import { parseLines } from './collection';

export class Spool<Item> {
  #opened: Promise<{ folder: string; stream: WriteStream }> | undefined;
  #failed: Error | undefined;
  #items = 0;

  get items(): number {
    return this.#items;
  }

  async append(item: Item): Promise<void> {
    const { stream } = await (this.#opened ??= this.#open());
    if (this.#failed) throw this.#failed;
    this.#items += 1;
    if (!stream.write(`${JSON.stringify(item as Json)}\n`)) await once(stream, 'drain');
  }

  /** Everything, from the beginning; nothing is appended after it. */
  async *read(): AsyncIterable<Item> {
    if (!this.#opened) return;
    const { folder, stream } = await this.#opened;
    if (!stream.closed) {
      stream.end();
      await once(stream, 'close');
    }
    if (this.#failed) throw this.#failed;
    yield* parseLines<Item>(createReadStream(fileIn(folder)));
  }

  /** Leaves nothing behind. */
  async remove(): Promise<void> {
    if (!this.#opened) return;
    const { folder, stream } = await this.#opened;
    stream.destroy();
    await rm(folder, { recursive: true, force: true });
  }

  async #open(): Promise<{ folder: string; stream: WriteStream }> {
    const folder = await mkdtemp(join(tmpdir(), 'perennial-rows-'));
    const stream = createWriteStream(fileIn(folder));
    stream.on('error', (error) => (this.#failed = error)); // a full disk fails the append that comes next
    return { folder, stream };
  }
}

const fileIn = (folder: string): string => join(folder, 'rows.jsonl');
