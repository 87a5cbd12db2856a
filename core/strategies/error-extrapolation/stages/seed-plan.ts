/** The plans of `<arm>/seed`: the first rows, the rows that replace what was refused, and what arms take from main. */
import type { PlanContext, PlannedRow, Reader } from '../../../strategy';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { GoldRow, WriteData } from '../records';
import { labelSequence } from './label-sequence';
import { seedArm } from './seed-arms';
import type { DrawnSeed, SeedMaterial } from './seed-material';
import { drawSeed, NO_LABEL, readSeedMaterial } from './seed-material';
import { countSeed, seedRows, waveOf } from './seed-waves';

/** Contexts looked up at a time, for their answers. */
const CONTEXTS_AT_ONCE = 200;
/** Rounds that are looked through for main's size; more than any job has. */
const ROUNDS_MAX = 100;

type Context = PlanContext<ErrorExtrapolationParams>;

export async function* planSeed(context: Context, place: Place): AsyncIterable<PlannedRow<WriteData>> {
  const { read, plan } = context;
  const { arm, replicate } = place;
  const { writes, copiesMain, asLargeAsMain } = seedArm(arm);
  if (!writes) return;
  const main = { replicate, arm: 'main' };
  if (copiesMain && plan === 0) yield* mainRows(read, main);
  if (copiesMain && !asLargeAsMain) return;
  const material = await readSeedMaterial(context, place);
  const target = asLargeAsMain ? await acceptedByGates(read, main) : seedRows(material);
  if (plan === 0 && !copiesMain) {
    yield* rowsOf(read, material, inSequence(material, target));
    return;
  }
  // The first plan of an arm that copies goes on where main's seed ended.
  const counts = await countSeed(read, plan === 0 ? main : place, material.labels);
  yield* rowsOf(read, material, inWave(waveOf(material.shares, target, counts), counts.next));
}

/** The seed rows of main, with the texts of none: equal rows in equal order are equal calls, and paid once. */
async function* mainRows(
  read: Reader,
  main: Pick<Place, 'replicate' | 'arm'>,
): AsyncIterable<PlannedRow<WriteData>> {
  for await (const { row } of read.outcomes<WriteData, unknown>(stageAt(main, 'seed'))) {
    const { key, sources, data } = row;
    yield { key, sources, data };
  }
}

/** Rows of main's data in the end, over all its rounds. */
async function acceptedByGates(read: Reader, main: Pick<Place, 'replicate' | 'arm'>): Promise<number> {
  let rows = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const gate = await read.stage(stageAt(main, 'gate', round));
    if (gate === undefined || gate.counts.planned === 0) break;
    rows += gate.counts.accepted;
  }
  return rows;
}

/** Numbers of the rows of each label. */
type Numbers = readonly (readonly number[])[];

function inSequence({ labels, shares }: SeedMaterial, rows: number): Numbers {
  const numbers: number[][] = labels.map(() => []);
  for (const [index, label] of labelSequence(shares, rows).entries()) numbers[label]!.push(index);
  return numbers;
}

function inWave(wave: readonly number[], first: number): Numbers {
  let next = first;
  return wave.map((count) => {
    next += count;
    return Array.from({ length: count }, (_, at) => next - count + at);
  });
}

/** By label, then context: rows that share a prompt's beginning stand together. */
async function* rowsOf(
  read: Reader,
  material: SeedMaterial,
  numbers: Numbers,
): AsyncIterable<PlannedRow<WriteData>> {
  for (const [at, label] of material.labels.entries()) {
    const drawn = numbers[at]!.map((index) => drawSeed(material, index, label));
    yield* seedRowsOf(read, material, drawn);
  }
}

/** Planned rows of draws, in the order of their contexts. */
export async function* seedRowsOf(
  read: Reader,
  material: SeedMaterial,
  drawn: readonly DrawnSeed[],
): AsyncIterable<PlannedRow<WriteData>> {
  const ordered = [...drawn].sort((a, b) => (a.context ?? 0) - (b.context ?? 0) || a.index - b.index);
  const asksAnswers = material.params.task.kind === 'extractive-qa';
  for (let from = 0; from < ordered.length; from += CONTEXTS_AT_ONCE) {
    const batch = ordered.slice(from, from + CONTEXTS_AT_ONCE);
    const contexts = asksAnswers ? await contextsOf(read, batch) : undefined;
    for (const draw of batch) yield seedRow(draw, contexts?.get(draw.context!));
  }
}

async function contextsOf(read: Reader, batch: readonly DrawnSeed[]): Promise<Map<number, GoldRow>> {
  const ordinals = [...new Set(batch.flatMap(({ context }) => (context === undefined ? [] : [context])))];
  const items = await read.items<GoldRow>('prepare/contexts', ordinals);
  return new Map(ordinals.map((ordinal, at) => [ordinal, items[at]!]));
}

function seedRow(draw: DrawnSeed, about: Pick<GoldRow, 'answers'> | undefined): PlannedRow<WriteData> {
  const { index, label, context, examples, reasons, words } = draw;
  const answers = about?.answers ?? [];
  const answer = answers[Math.floor(draw.answer * answers.length)];
  return {
    key: `seed/${index}`,
    sources: {
      numbers: [0],
      ...(context === undefined ? {} : { context: [context] }),
      ...(examples.length === 0 ? {} : { examples }),
    },
    data: {
      variant: 'seed',
      ...(label === NO_LABEL ? {} : { label }),
      ...(draw.case === undefined ? {} : { case: draw.case }),
      reasons,
      ...(words === undefined ? {} : { words }),
      ...(answer === undefined ? {} : { answer }),
    },
  };
}
