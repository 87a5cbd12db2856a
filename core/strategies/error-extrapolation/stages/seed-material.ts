/** What seed rows are drawn from. A row's draw follows from its number alone, so that plans, previews and arms agree. */
import type { PlanContext, Reader } from '../../../strategy';
import { randomFor } from '../../../random';
import type { Random } from '../../../random';
import { words } from '../../../text/words';
import { paramsOfArm } from '../arm-params';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import { writtenText } from '../prompt-task';
import type { GoldRow } from '../records';
import { goldFactsOf } from './gold-facts';
import type { ReasonsRecord } from './reasons';

/** Question answering has no labels; its rows are one kind. */
export const NO_LABEL = '';

export interface SeedMaterial {
  /** Of the arm. */
  readonly params: ErrorExtrapolationParams;
  readonly seed: number;
  readonly replicate: number;
  /** Label ids; {@link NO_LABEL} alone in question answering. */
  readonly labels: readonly string[];
  /** Of the seed rows, label by label. */
  readonly shares: readonly number[];
  readonly reasons: ReadonlyMap<string, readonly string[]>;
  /** Words of the written part of each mine row. */
  readonly words: readonly number[];
  /** Ordinals in `prepare/mine`. */
  readonly mine: ReadonlyMap<string, readonly number[]>;
  /** Rows of `prepare/contexts`. */
  readonly contexts: number;
}

/** A seed row before its texts are looked up. */
export interface DrawnSeed {
  /** Its number: the key is `seed/<index>`. */
  readonly index: number;
  readonly label: string;
  readonly case?: string;
  readonly reasons: readonly string[];
  readonly words?: number;
  /** Ordinal in `prepare/contexts`. */
  readonly context?: number;
  /** In [0, 1): which of the context's answers. */
  readonly answer: number;
  /** Ordinals in `prepare/mine`. */
  readonly examples: readonly number[];
}

type Context = Pick<PlanContext<ErrorExtrapolationParams>, 'params' | 'seed' | 'read'>;

export async function readSeedMaterial(
  { params: given, seed, read }: Context,
  place: Pick<Place, 'replicate' | 'arm'>,
): Promise<SeedMaterial> {
  const params = paramsOfArm(given, place.arm);
  const { kind } = params.task;
  const labels = kind === 'extractive-qa' ? [NO_LABEL] : params.task.labels.map(({ id }) => id);
  const mine = new Map<string, number[]>(labels.map((label) => [label, []]));
  const wordCounts: number[] = [];
  let ordinal = 0;
  for await (const row of read.collection<GoldRow>('prepare/mine')) {
    mine.get(row.label ?? NO_LABEL)?.push(ordinal);
    const count = words(writtenText(kind, row)).length;
    if (count > 0) wordCounts.push(count);
    ordinal += 1;
  }
  return {
    params,
    seed,
    replicate: place.replicate,
    labels,
    shares: labels.map((label) =>
      params.labelPrior === 'gold' ? mine.get(label)!.length / ordinal : 1 / labels.length,
    ),
    reasons: await readReasons(read, params, stageAt(place, 'reasons')),
    words: wordCounts,
    mine,
    contexts: (await goldFactsOf(read)).contexts,
  };
}

/** Each label's different reasons, in their order. A label without any goes on without. */
async function readReasons(
  read: Reader,
  { reasonsPerLabel, task }: ErrorExtrapolationParams,
  stage: string,
): Promise<Map<string, string[]>> {
  const pools = new Map<string, Map<string, string>>();
  // An arm that was never asked for reasons has no such stage.
  if (reasonsPerLabel === 0 || task.kind !== 'text') return new Map();
  for await (const { record } of read.outcomes<unknown, ReasonsRecord>(stage)) {
    if (record === undefined) continue;
    const pool = pools.get(record.label) ?? new Map<string, string>();
    pools.set(record.label, pool);
    for (const reason of record.reasons) {
      const form = words(reason).join(' ');
      if (form !== '' && !pool.has(form) && pool.size < reasonsPerLabel) pool.set(form, reason);
    }
  }
  return new Map([...pools].map(([label, pool]) => [label, [...pool.values()]]));
}

export function drawSeed(material: SeedMaterial, index: number, label: string): DrawnSeed {
  const { params, seed, replicate } = material;
  const random = randomFor(seed, 'seed', replicate, index);
  const { kind, labels } = params.task;
  const cases = labels.find(({ id }) => id === label)?.cases ?? [];
  const drawnCase = pick(random, cases);
  const reasons = sample(random, material.reasons.get(label) ?? [], params.reasonsPerPrompt);
  const saysWords = params.lengthHint !== 'none' && kind !== 'extractive-qa';
  const count = pick(random, saysWords ? material.words : []);
  const hasContext = kind !== 'text';
  const context = hasContext && material.contexts > 0 ? random.integer(material.contexts) : undefined;
  const answer = random.next() / 2 ** 32;
  // Drawn apart: arms with and without examples agree in all the rest.
  const examples = sample(
    randomFor(seed, 'seed-examples', replicate, index),
    material.mine.get(label) ?? [],
    params.examplesPerPrompt,
  );
  return {
    index,
    label,
    ...(drawnCase === undefined ? {} : { case: drawnCase }),
    reasons,
    ...(count === undefined ? {} : { words: count }),
    ...(context === undefined ? {} : { context }),
    answer,
    examples,
  };
}

function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[random.integer(items.length)];
}

/** Different items, in the order in which they were drawn. */
export function sample<T>(random: Random, items: readonly T[], count: number): T[] {
  const wanted = Math.min(count, items.length);
  const taken = new Set<number>();
  // Floyd's draw: no copy of a large list for a few items.
  for (let last = items.length - wanted; last < items.length; last += 1) {
    const at = random.integer(last + 1);
    taken.add(taken.has(at) ? last : at);
  }
  return [...taken].map((at) => items[at]!);
}
