import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes items as JSON lines; the file has its name only once it is whole. @returns how many */
export async function writeJsonLines(file: string, items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  async function* lines() {
    for await (const item of items) {
      count += 1;
      yield `${JSON.stringify(item)}\n`;
    }
  }
  const part = `${file}.part`;
  await pipeline(Readable.from(lines()), createWriteStream(part));
  await rename(part, file);
  return count;
}

/** Writes bytes as they come; the file has its name only once it is whole. */
export async function writeBytes(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const part = `${file}.part`;
  await pipeline(Readable.from(bytes), createWriteStream(part));
  await rename(part, file);
}

/** Bytes of a file, which is opened only when they are wanted. */
export async function* readBytes(file: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(file) as AsyncIterable<Uint8Array>;
}

/** Lines of a file, parsed; a line that is no JSON is `undefined`. */
export async function* readJsonLines(file: string): AsyncIterable<unknown> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    try {
      yield JSON.parse(line) as unknown;
    } catch {
      yield undefined;
    }
  }
}
