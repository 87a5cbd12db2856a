/** Writes the splits of gold, hashes of what is kept apart, and the contexts that seed rows may be about. */
import { HashCounts } from '../../../hash-counts';
import { sha256 } from '../../../hash';
import type { Json } from '../../../json';
import type { TransformContext } from '../../../strategy';
import { readContexts, readGold } from '../gold';
import type { LabelledRole } from '../gold';
import type { SurveyedRow } from '../gold-index';
import type { GoldSurvey } from '../gold-survey';
import { groupHash } from '../gold-text';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow } from '../records';
import { splitGold } from '../split-gold';
import { evalHashes } from './eval-shingles';
import type { GoldNumbers } from './gold-numbers';
import { GoldMeter } from './gold-numbers';

type Context = TransformContext<ErrorExtrapolationParams>;
type Split = 'mine' | 'select' | 'test';
const SPLITS: readonly Split[] = ['mine', 'select', 'test'];

export interface WrittenSplits {
  readonly counts: Readonly<Record<Split, number>>;
  readonly numbers: GoldNumbers;
  readonly mineRows: readonly GoldRow[];
  /** Group hashes of the contexts of select and test. */
  readonly keptApart: ReadonlySet<string>;
  /** Hashes in `eval-shingles`. */
  readonly evalShingles: number;
}

export async function writeSplits(context: Context, survey: GoldSurvey): Promise<WrittenSplits> {
  const { params, seed } = context;
  const placed = placesOf(survey, seed);
  const meter = new GoldMeter(params.task.kind);
  const counts = { mine: 0, select: 0, test: 0 };
  const mineRows: GoldRow[] = [];
  const keptApart = new Set<string>();
  const shingles = new HashCounts();
  let evalShingles = 0;
  const roles: LabelledRole[] = survey.test.length > 0 ? ['gold', 'test'] : ['gold'];
  for (const role of roles) {
    for await (const read of readGold(context.read.input(role), params.task, role)) {
      if ('code' in read) continue;
      const place = placed[role].get(read.id);
      if (place === undefined) continue; // left out
      const row: GoldRow = { ...read, group: place.group };
      counts[place.split] += 1;
      await context.write(place.split, row as unknown as Json);
      if (place.split === 'mine') {
        meter.add(row);
        mineRows.push(row);
        continue;
      }
      if (row.context !== undefined) keptApart.add(groupHash(row.context));
      for (const hash of evalHashes(params.task.kind, row, params.leakWords))
        if (shingles.add(hash) === 0) {
          await context.write('eval-shingles', hash);
          evalShingles += 1;
        }
    }
  }
  return { counts, numbers: meter.numbers(params), mineRows, keptApart, evalShingles };
}

interface Placed {
  readonly split: Split;
  readonly group: string;
}

/** With a test file, gold has no test rows of its own. */
function placesOf(survey: GoldSurvey, seed: number): Record<LabelledRole, Map<string, Placed>> {
  const groups = new Map(survey.gold.map(({ id, group }) => [id, group]));
  const split = splitGold(survey.gold, survey.split, seed);
  const gold = new Map<string, Placed>();
  for (const name of SPLITS) {
    for (const id of split[name]) gold.set(id, { split: name, group: groups.get(id)! });
  }
  const place = ({ id, group }: SurveyedRow): [string, Placed] => [id, { split: 'test', group }];
  return { gold, test: new Map(survey.test.map(place)) };
}

/** Never a context of select or test: rows about it would teach what is to be judged. */
export async function writeContexts(
  context: Context,
  { mineRows, keptApart }: WrittenSplits,
): Promise<{ readonly count: number; readonly warnings: readonly string[] }> {
  const { kind } = context.params.task;
  if (kind === 'text') return { count: 0, warnings: [] };
  let [count, left] = [0, 0];
  for await (const row of readContexts(context.read.input('contexts'), kind)) {
    if ('code' in row) continue;
    if (keptApart.has(groupHash(row.context))) {
      left += 1;
      continue;
    }
    const { context: text, answers, line } = row;
    const id = `context-${sha256(text).slice(0, 16)}`;
    const item = { id, context: text, ...(answers === undefined ? {} : { answers }), line };
    await context.write('contexts', item as unknown as Json);
    count += 1;
  }
  const warnings =
    left === 0 ? [] : [`${left} contexts stand in select or test; no row is written for them.`];
  if (count > 0) return { count, warnings };
  for (const { id, context: text, answers, line } of mineRows) {
    const item = { id, context: text!, ...(answers === undefined ? {} : { answers }), line };
    await context.write('contexts', item as unknown as Json);
  }
  return { count: mineRows.length, warnings };
}
