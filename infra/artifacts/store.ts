import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../../core/problem';

export interface Written {
  readonly sha256: string;
  readonly bytes: number;
}

/** Immutable files named by their SHA-256. Writing the same bytes twice keeps one file. */
export interface ArtifactStore {
  write(chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>): Promise<Written>;
  /** Bytes [start, end) of an artifact; the whole without a range. */
  read(sha256: string, range?: { readonly start: number; readonly end: number }): Readable;
  has(sha256: string): Promise<boolean>;
  /** Where the file lies, for stores that are a local folder. */
  pathOf?(sha256: string): string;
}

/** @param url `file:<folder>` */
export function openArtifacts(url: string): ArtifactStore {
  if (!url.startsWith('file:')) {
    throw new Problem('config-invalid', `PERENNIAL_ARTIFACTS_URL is "${url}"; expected file:<folder>.`);
  }
  return folderStore(url.slice('file:'.length));
}

function folderStore(folder: string): ArtifactStore {
  const unfinished = join(folder, 'unfinished');
  try {
    mkdirSync(unfinished, { recursive: true });
  } catch (error) {
    throw new Problem(
      'home-unwritable',
      `the artifact folder ${folder} cannot be made (${error instanceof Error ? error.message : String(error)}). ` +
        'Make it writable, or choose another one with PERENNIAL_HOME or PERENNIAL_ARTIFACTS_URL.',
    );
  }
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

  async function write(
    chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  ): Promise<Written> {
    const temporary = join(unfinished, randomUUID());
    const hash = createHash('sha256');
    let bytes = 0;
    async function* counted() {
      for await (const chunk of chunks) {
        const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        hash.update(data);
        bytes += data.byteLength;
        yield data;
      }
    }
    try {
      await pipeline(
        Readable.from(counted(), { objectMode: false }),
        createWriteStream(temporary, { flags: 'wx' }),
      );
      await flushToDisk(temporary);
      const sha256 = hash.digest('hex');
      await mkdir(join(folder, sha256.slice(0, 2)), { recursive: true });
      await rename(temporary, pathOf(sha256));
      return { sha256, bytes };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  return {
    write,
    read: (sha256, range) =>
      createReadStream(pathOf(sha256), range ? { start: range.start, end: range.end - 1 } : {}),
    has: (sha256) =>
      access(pathOf(sha256)).then(
        () => true,
        () => false,
      ),
    pathOf,
  };
}

async function flushToDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
