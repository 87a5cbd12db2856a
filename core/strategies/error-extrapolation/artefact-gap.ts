/** Can labels be told from what new rows look like, better than from what gold rows look like? */
import { randomFor } from '../../random';
import { SURFACE_FEATURES, surfaceFeatures } from './artefact-features';
import type { SurfaceFeature } from './artefact-features';
import { likeliest } from './artefact-table';
import { crossPredict, FOLDS, foldsOf } from './cross-folds';
import type { FoldedRow } from './cross-folds';
import { hashedWords } from './hashed-words';
import { shuffle } from './shuffle';

/** Fewer rows of a label cannot be split in folds; the label is left out. */
const ROWS_PER_LABEL_MIN = 2 * FOLDS;
const TARGET_FEATURES = 2 ** 16;
/** A gap must be this many standard errors wide before it is believed. */
const STANDARD_ERRORS = 2;

/** `text` is what was written: of a pair its target. */
export interface ArtefactRow {
  readonly text: string;
  readonly label: string;
  /** Rows of one group share a source, so that their looks are no coincidence; default: each row its own. */
  readonly group?: string;
}
export interface ArtefactOptions {
  readonly kind: 'text' | 'pair';
  readonly labels: readonly { readonly id: string; readonly phrase: string }[];
  readonly gapMaxPoints: number;
  readonly seed: number;
}

/** Balanced accuracy on new rows and on mine, as shares. */
export interface ArtefactCheck {
  /** `surface`: the features; `target`: the words of a pair's target, without its context. */
  readonly name: 'surface' | 'target';
  readonly newScore: number;
  readonly mineScore: number;
  readonly gap: number;
  readonly standardError: number;
  readonly over: boolean;
}
export interface FeatureGap {
  readonly feature: SurfaceFeature;
  readonly newScore: number;
  readonly mineScore: number;
  readonly gap: number;
}
export interface ArtefactReport {
  /** False: fewer than two labels had rows enough. */
  readonly tested: boolean;
  readonly over: boolean;
  readonly checks: readonly ArtefactCheck[];
  /** What to look at: the feature with the largest gap of its own; `target` where only that check is over. */
  readonly feature?: SurfaceFeature | 'target';
  /** The largest gap first. */
  readonly features: readonly FeatureGap[];
}

export function artefactGap(
  newRows: readonly ArtefactRow[],
  mineRows: readonly ArtefactRow[],
  options: ArtefactOptions,
): ArtefactReport {
  const labels = options.labels.filter(({ id }) => hasEnough(newRows, id) && hasEnough(mineRows, id));
  if (labels.length < 2) return { tested: false, over: false, checks: [], features: [] };
  const sides = [newRows, mineRows].map((rows) => rowsOf(rows, labels)) as [Side, Side];
  const checks = [checkOf('surface', sides, labels.length, options)];
  if (options.kind === 'pair') checks.push(checkOf('target', sides, labels.length, options));
  const features = featureGaps(sides, labels.length, options.seed);
  const over = checks.filter((check) => check.over);
  const onlyTarget = over.length === 1 && over[0]!.name === 'target';
  return {
    tested: true,
    over: over.length > 0,
    checks,
    feature: onlyTarget ? 'target' : features[0]!.feature,
    features,
  };
}

interface SideRow {
  readonly text: string;
  readonly label: number;
  readonly group: string;
  readonly surface: Readonly<Record<SurfaceFeature, string>>;
}
type Side = readonly SideRow[];

function hasEnough(rows: readonly ArtefactRow[], id: string): boolean {
  return rows.filter(({ label }) => label === id).length >= ROWS_PER_LABEL_MIN;
}

function rowsOf(rows: readonly ArtefactRow[], labels: ArtefactOptions['labels']): Side {
  const phrases = labels.map(({ phrase }) => phrase);
  return rows.flatMap(({ text, label, group }, place) => {
    const index = labels.findIndex(({ id }) => id === label);
    if (index < 0) return [];
    return [{ text, label: index, group: group ?? `row ${place}`, surface: surfaceFeatures(text, phrases) }];
  });
}

function checkOf(
  name: ArtefactCheck['name'],
  sides: readonly [Side, Side],
  classes: number,
  { seed, gapMaxPoints }: ArtefactOptions,
): ArtefactCheck {
  // A larger set would learn more of its looks and seem to have more of them.
  const trainMax = Math.floor((Math.min(...sides.map((side) => side.length)) * (FOLDS - 1)) / FOLDS);
  const [fresh, mine] = sides.map((side) => {
    const { rows, features } = name === 'target' ? targetRows(side) : surfaceRows(side);
    const probabilities = crossPredict(rows, { classes, features, seed, trainMax });
    return recallsOf(
      side,
      probabilities.map((row) => row.indexOf(Math.max(...row))),
      classes,
    );
  }) as [Recalls, Recalls];
  const gap = fresh.mean - mine.mean;
  const standardError = Math.sqrt(fresh.variance + mine.variance);
  const over = 100 * gap > gapMaxPoints && gap > STANDARD_ERRORS * standardError;
  return { name, newScore: fresh.mean, mineScore: mine.mean, gap, standardError, over };
}

function surfaceRows(side: Side): { rows: FoldedRow[]; features: number } {
  const places = new Map<string, number>();
  const placeOf = (name: string): number => {
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    return place;
  };
  const value = 1 / Math.sqrt(SURFACE_FEATURES.length);
  const rows = side.map(({ label, group, surface }) => ({
    label,
    group,
    indices: SURFACE_FEATURES.map((feature) => placeOf(`${feature}=${surface[feature]}`)),
    values: SURFACE_FEATURES.map(() => value),
  }));
  return { rows, features: places.size };
}

function targetRows(side: Side): { rows: FoldedRow[]; features: number } {
  const rows = side.map(({ text, label, group }) => ({
    ...hashedWords(text, TARGET_FEATURES),
    label,
    group,
  }));
  return { rows, features: TARGET_FEATURES };
}

/** Each feature by itself: a table from the other folds, so that rare values do not tell their own label. */
function featureGaps(sides: readonly [Side, Side], classes: number, seed: number): FeatureGap[] {
  const learnedMax = Math.min(...sides.map((side) => side.length));
  const tables = sides.map((side) => ({
    side,
    classes,
    folds: foldsOf(
      side.map(({ group }) => group),
      seed,
    ),
    learned: shuffle([...side.keys()], randomFor(seed, 'tables')).slice(0, learnedMax),
  }));
  return SURFACE_FEATURES.map((feature) => {
    const [newScore, mineScore] = tables.map(
      (table) => recallsOf(table.side, tablePredict(table, feature), classes).mean,
    ) as [number, number];
    return { feature, newScore, mineScore, gap: newScore - mineScore };
  }).sort((a, b) => b.gap - a.gap);
}

interface TableSide {
  readonly side: Side;
  readonly classes: number;
  readonly folds: readonly number[];
  /** Rows that fill the tables: no more on one side than on the other. */
  readonly learned: readonly number[];
}

function tablePredict({ side, classes, folds, learned }: TableSide, feature: SurfaceFeature): number[] {
  const none = Array<number>(classes).fill(0);
  const tables = Array.from({ length: FOLDS }, () => new Map<string, number[]>());
  const totals = Array.from({ length: FOLDS }, () => [...none]);
  for (const row of learned) {
    const { surface, label } = side[row]!;
    for (let fold = 0; fold < FOLDS; fold += 1) {
      if (fold === folds[row]) continue;
      const counts = tables[fold]!.get(surface[feature]) ?? [...none];
      counts[label]! += 1;
      tables[fold]!.set(surface[feature], counts);
      totals[fold]![label]! += 1;
    }
  }
  return side.map(({ surface }, row) => {
    const fold = folds[row]!;
    return likeliest(tables[fold]!.get(surface[feature]) ?? none, totals[fold]!);
  });
}

interface Recalls {
  readonly mean: number;
  /** Of the mean. */
  readonly variance: number;
}

function recallsOf(side: Side, predicted: readonly number[], classes: number): Recalls {
  const hits = Array<number>(classes).fill(0);
  const totals = Array<number>(classes).fill(0);
  side.forEach(({ label }, row) => {
    totals[label]! += 1;
    if (predicted[row] === label) hits[label]! += 1;
  });
  const mean = totals.reduce((sum, total, label) => sum + hits[label]! / total, 0) / classes;
  const variance = totals.reduce((sum, total, label) => {
    // One hit and one miss more: a label that was always told is not told for certain.
    const recall = (hits[label]! + 1) / (total + 2);
    return sum + (recall * (1 - recall)) / total;
  }, 0);
  return { mean, variance: variance / classes ** 2 };
}
