/** The plan of `preflight`: mine rows that the model labels, and a few rows of every prompt. */
import { randomFor } from '../../../random';
import type { PlanContext, PlannedRow } from '../../../strategy';
import type { Pattern } from '../describe-call';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow, Pick, WriteData } from '../records';
import type { WriteVariant } from '../settings';
import { settingsOf } from '../settings';
import { goldFactsOf } from './gold-facts';
import { dataOf } from './imitation';
import { labelSequence } from './label-sequence';
import type { SeedMaterial } from './seed-material';
import { drawSeed, NO_LABEL, readSeedMaterial, sample } from './seed-material';
import { seedRowsOf } from './seed-plan';
import { seedRows } from './seed-waves';

const ZERO_ROWS_MAX = 200;
const TRIES_PER_LABEL = 10;

export type PreflightData =
  | { readonly kind: 'zero'; readonly id: string }
  | { readonly kind: 'try'; readonly label: string; readonly write: WriteData };

type Context = PlanContext<ErrorExtrapolationParams>;
type Planned = PlannedRow<PreflightData>;

/** Previews are of main's first replicate, as if its first round were at hand. */
const MAIN = { replicate: 1, arm: 'main' } as const;
const FIRST_ROUND = { ...MAIN, step: 'extrapolate', round: 1 } as const;
/** Clusters of errors are not known yet; any difficulty shows whether the prompt is understood. */
const ANY_PATTERN: Pattern = {
  name: 'misleading wording',
  pattern: 'at first sight its wording points elsewhere',
  vary: ['the topic', 'the names', 'the length of the sentences'],
};

export async function* planPreflight(context: Context): AsyncIterable<Planned> {
  if (context.plan > 0) return;
  yield* zeroRows(context);
  const material = await readSeedMaterial(context, MAIN);
  yield* seedTries(context, material);
  for (const variant of Object.keys(settingsOf(context.params).variants) as WriteVariant[])
    yield* variantTries(context, material, variant);
}

async function* zeroRows({ read, seed }: Context): AsyncIterable<Planned> {
  const { mine } = await goldFactsOf(read);
  const all = Array.from({ length: mine }, (_, ordinal) => ordinal);
  const drawn = sample(randomFor(seed, 'zero'), all, ZERO_ROWS_MAX).sort((a, b) => a - b);
  const rows = await read.items<GoldRow>('prepare/mine', drawn);
  for (const [at, { id }] of rows.entries())
    yield { key: `zero/${id}`, sources: { row: [drawn[at]!] }, data: { kind: 'zero', id } };
}

/** The first seed rows of each label, drawn as `seed` draws them: equal calls, paid once. */
async function* seedTries({ read }: Context, material: SeedMaterial): AsyncIterable<Planned> {
  const sequence = labelSequence(material.shares, seedRows(material));
  for (const [at, label] of material.labels.entries()) {
    const drawn = [];
    for (let index = 0; index < sequence.length && drawn.length < TRIES_PER_LABEL; index += 1)
      if (sequence[index] === at) drawn.push(drawSeed(material, index, label));
    let count = 0;
    for await (const { sources, data } of seedRowsOf(read, material, drawn)) {
      yield tryRow(label, count, data, sources);
      count += 1;
    }
  }
}

async function* variantTries(
  { read, params, seed }: Context,
  { mine, labels }: SeedMaterial,
  variant: WriteVariant,
): AsyncIterable<Planned> {
  for (const label of labels) {
    const random = randomFor(seed, 'preflight', variant, label);
    const ordinals = sample(random, mine.get(label) ?? [], TRIES_PER_LABEL);
    const parents = await read.items<GoldRow>('prepare/mine', ordinals);
    for (const [n, parent] of parents.entries()) {
      const ordinal = ordinals[n]!;
      const pick = pickOf(parent, ordinal);
      const patterns = new Map([[0, ANY_PATTERN]]);
      const given = { params, seed, place: FIRST_ROUND, pick, variant, n, patterns };
      const data = dataOf({ ...given, answer: parent.answers?.[0] });
      // What falls back to another variant is tried there.
      if (data.variant !== variant) continue;
      yield tryRow(label, n, data, { numbers: [0], parent: [ordinal] });
    }
  }
}

function pickOf({ id, label, answers = [] }: GoldRow, ordinal: number): Pick {
  // An answer that a student might give instead; another gold answer is the nearest thing at hand.
  const other = answers.find(({ text }) => text !== answers[0]?.text)?.text;
  return {
    id,
    ordinal,
    ...(label === undefined ? {} : { label }),
    ...(other === undefined ? {} : { predicted: other }),
    draws: {},
    cluster: 0,
  };
}

function tryRow(label: string, n: number, write: WriteData, sources: Planned['sources']): Planned {
  const name = label === NO_LABEL ? 'all' : label;
  return { key: `try/${write.variant}/${name}/${n}`, sources, data: { kind: 'try', label, write } };
}
