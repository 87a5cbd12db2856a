/** Turns the names found in a document's windows into its entities; every drop and merge has a reason and is counted. */
import { sha256 } from '../../hash';
import { isUnspaced } from '../../text/words';
import { countNeedle, entityKey, isPlural, keyWords, needleOf, searchable } from './entity-key';
import { STOP_WORDS } from './stop-words';
import type { Entity, EntityType, NamedEntity } from './records';

const NAME_WORDS_MAX = 12;
const CONCEPT_WORD_LETTERS_MIN = 4;
const CONCEPT_STEM_LETTERS = 5;
const ABBREVIATION = /^\p{Lu}{2,6}$/u;
const INITIALS_SKIPPED = new Set(['of', 'the', 'and', 'for']);

export interface Merge {
  readonly kind: 'drop' | 'merge';
  readonly reason: string;
  readonly name: string;
  /** Of a merge: the name that stays. */
  readonly into?: string;
}

export interface HygieneParams {
  readonly hygiene: 'full' | 'exact';
  readonly entitiesMax: number;
  readonly conceptWordShareMin: number;
  readonly excludePersons: boolean;
}

/** A name, and the window it was listed for. */
export interface FoundEntity extends NamedEntity {
  readonly window: number;
}

interface Candidate {
  readonly key: string;
  readonly name: string;
  type: EntityType;
  readonly aliases: Set<string>;
  readonly origins: Set<number>;
}

/** `found` in the order of the windows; `windows` are the document's texts. */
export function cleanEntities(
  found: readonly FoundEntity[],
  windows: readonly string[],
  params: HygieneParams,
): { entities: Entity[]; merges: Merge[] } {
  const merges: Merge[] = [];
  let candidates = mergeEqual(found, params.hygiene, merges);
  const texts = windows.map(searchable);
  if (params.hygiene === 'full') {
    candidates = mergePlurals(candidates, merges);
    candidates = mergeAliases(candidates, merges);
    candidates = dropAbsent(candidates, texts, params.conceptWordShareMin, merges);
  }
  if (params.excludePersons) {
    candidates = drop(candidates, 'person-excluded', ({ type }) => type === 'person', merges);
  }
  const entities = candidates.map((candidate) => locate(candidate, texts));
  return { entities: cap(entities, params.entitiesMax, merges), merges };
}

function mergeEqual(found: readonly FoundEntity[], hygiene: 'full' | 'exact', merges: Merge[]): Candidate[] {
  const byKey = new Map<string, Candidate>();
  for (const { name, type, window } of found) {
    const key = hygiene === 'full' ? entityKey(name) : name;
    const reason = hygiene === 'full' ? unusable(name, key) : undefined;
    if (reason !== undefined) {
      merges.push({ kind: 'drop', reason, name });
      continue;
    }
    const known = byKey.get(key);
    if (known === undefined) {
      byKey.set(key, { key, name, type, aliases: new Set(), origins: new Set([window]) });
      continue;
    }
    known.origins.add(window);
    // A type that says something wins over the catch-all.
    if (known.type === 'term') known.type = type;
    if (name === known.name) continue;
    known.aliases.add(name);
    merges.push({ kind: 'merge', reason: 'duplicate', name, into: known.name });
  }
  return [...byKey.values()];
}

function unusable(name: string, key: string): string | undefined {
  const nameWords = keyWords(name);
  if (nameWords.length > NAME_WORDS_MAX) return 'too-long';
  // An abbreviation may look like a stop word: WHO.
  if (ABBREVIATION.test(name)) return undefined;
  const specific = nameWords.some((word) => /\p{L}/u.test(word) && !STOP_WORDS.has(word));
  return key === '' || !specific ? 'generic' : undefined;
}

function mergeInto(into: Candidate, merged: Candidate, reason: string, merges: Merge[]): void {
  into.aliases.add(merged.name);
  for (const alias of merged.aliases) into.aliases.add(alias);
  for (const origin of merged.origins) into.origins.add(origin);
  merges.push({ kind: 'merge', reason, name: merged.name, into: into.name });
}

function mergePlurals(candidates: readonly Candidate[], merges: Merge[]): Candidate[] {
  const byKey = new Map(candidates.map((candidate) => [candidate.key, candidate]));
  return candidates.filter((candidate) => {
    const stems = [candidate.key.slice(0, -1), candidate.key.slice(0, -2), `${candidate.key.slice(0, -3)}y`];
    const singular = stems
      .map((stem) => byKey.get(stem))
      .find((item) => item !== undefined && isPlural(candidate.key, item.key));
    if (singular === undefined) return true;
    mergeInto(singular, candidate, 'plural', merges);
    return false;
  });
}

function mergeAliases(candidates: readonly Candidate[], merges: Merge[]): Candidate[] {
  return candidates.filter((candidate) => {
    const longer = candidates.filter((other) => isShortFor(candidate, other));
    const [only] = longer;
    if (only === undefined || longer.length > 1) return true;
    mergeInto(only, candidate, 'alias', merges);
    return false;
  });
}

function isShortFor(short: Candidate, long: Candidate): boolean {
  const parts = long.key.split(' ');
  if (parts.length < 2) return false;
  if (ABBREVIATION.test(short.name) && initials(parts) === short.key) return true;
  const persons = short.type === 'person' || long.type === 'person';
  return persons && !short.key.includes(' ') && (parts[0] === short.key || parts.at(-1) === short.key);
}

function initials(parts: readonly string[]): string {
  return parts
    .filter((part) => !INITIALS_SKIPPED.has(part))
    .map((part) => Array.from(part)[0])
    .join('');
}

function dropAbsent(
  candidates: Candidate[],
  texts: readonly string[],
  shareMin: number,
  merges: Merge[],
): Candidate[] {
  const stems = new Set(
    texts.flatMap((text) =>
      text
        .split(' ')
        .filter((word) => word !== '')
        .map(stem),
    ),
  );
  return drop(
    candidates,
    'not-in-document',
    (candidate) => {
      const names = [candidate.name, ...candidate.aliases].map(needleOf);
      if (names.some((name) => texts.some((text) => countNeedle(name, text) > 0))) return false;
      if (candidate.type !== 'term' && candidate.type !== 'idea') return true;
      // A concept may be worded anew as long as its words come from the document.
      const long = keyWords(candidate.name).filter((word) => word.length >= CONCEPT_WORD_LETTERS_MIN);
      const known = long.filter((word) => stems.has(stem(word))).length;
      return isUnspaced(candidate.name) || long.length === 0 || known / long.length < shareMin;
    },
    merges,
  );
}

function stem(word: string): string {
  return word.slice(0, CONCEPT_STEM_LETTERS);
}

function drop(
  candidates: readonly Candidate[],
  reason: string,
  fails: (candidate: Candidate) => boolean,
  merges: Merge[],
): Candidate[] {
  return candidates.filter((candidate) => {
    if (!fails(candidate)) return true;
    merges.push({ kind: 'drop', reason, name: candidate.name });
    return false;
  });
}

function locate({ key, name, type, aliases, origins }: Candidate, texts: readonly string[]): Entity {
  const names = [...new Set([name, ...aliases].map(needleOf))];
  const mentioning = texts
    .map((text, window) => [window, Math.max(...names.map((given) => countNeedle(given, text)))] as const)
    .filter(([, count]) => count > 0);
  const mentions = mentioning.reduce((sum, [, count]) => sum + count, 0);
  // A concept in other words than the text's belongs where the model saw it.
  const seen = [...origins].sort((a, b) => a - b).map((window) => [window, 0] as const);
  const windows = mentioning.length > 0 ? mentioning : seen;
  return { id: sha256(key).slice(0, 10), name, type, aliases: [...aliases], mentions, windows };
}

/** Half the places go to the most mentioned, the rest to the types in turn, so that rare kinds are not crowded out. */
function cap(entities: readonly Entity[], max: number, merges: Merge[]): Entity[] {
  if (entities.length <= max) return [...entities];
  const ranked = [...entities].sort((a, b) => b.mentions - a.mentions);
  const kept = new Set(ranked.slice(0, Math.floor(max / 2)));
  const queues = new Map<EntityType, Entity[]>();
  for (const entity of ranked) {
    if (!kept.has(entity)) queues.set(entity.type, [...(queues.get(entity.type) ?? []), entity]);
  }
  while (kept.size < max) {
    for (const queue of queues.values()) {
      const next = queue.shift();
      if (next !== undefined && kept.size < max) kept.add(next);
    }
  }
  for (const { name } of entities.filter((entity) => !kept.has(entity))) {
    merges.push({ kind: 'drop', reason: 'over-cap', name });
  }
  return entities.filter((entity) => kept.has(entity));
}
