/**
 * What can be measured of new rows without another training of the job's student: diversity, difficulty, separability,
 * and whether they can be told from real ones. On samples: numbers are for comparing rounds with one another.
 */
import { distinct2, topOpenings } from '../../metrics/diversity';
import type { Section } from '../../report';
import type { PublishContext } from '../../strategy';
import { linearLoss, trainLinear } from '../../students/linear/linear-student';
import type { LinearStudent } from '../../students/linear/linear-student';
import { hashedVector } from './hashed-words';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import { writtenText } from './prompt-task';
import { realSyntheticAuc } from './real-synthetic-auc';
import type { GoldRow, SiftedRow, TaskKind, Texts } from './records';
import { MAIN } from './report-read-rounds';
import { sampleOf } from './report-sample';
import { decimal, percent, text } from './report-words';
import { centroidsOf, separability } from './separability';
import { exampleOf, studentTaskOf } from './stages/examples-of';

type Context = PublishContext<ErrorExtrapolationParams>;
type Row = Texts & { readonly id: string; readonly label?: string };

/** Of each round, of mine and of select. */
const SAMPLE_ROWS = 1_000;
/** A reader of answers learns from every candidate span of its rows. */
const QA_SAMPLE_ROWS = 300;
/** distinct-2 falls with the number of texts, so all sets are cut to one size. */
const DISTINCT_ROWS = 200;
const OPENINGS_SHOWN = 3;

interface SetMeasures {
  readonly name: string;
  readonly rows: number;
  readonly distinct: number;
  readonly openings: string;
  /** Mean loss of a student of mine; of one of the rounds before. */
  readonly goldLoss?: number;
  readonly earlierLoss?: number;
  /** Share of rows nearer to another label's gold. */
  readonly separability?: number;
  readonly auc?: number;
}

export async function measuresSection(context: Context, last: number): Promise<Section> {
  const sets = await measureSets(context, last);
  const columns = [
    'rows',
    'sampled',
    'distinct-2',
    'commonest openings',
    'loss of a student of mine',
    'loss of a student of the rounds before',
    'nearer to another label, %',
    'told from real, AUC',
  ];
  return {
    title: 'Diversity, difficulty, likeness',
    blocks: [
      text(
        `Read off samples of at most ${sampleSize(context.params)} rows a line. distinct-2: different word pairs over all, of ` +
          `${DISTINCT_ROWS} texts at most; higher is more varied. Losses (mean negative log-likelihood of the label) are of linear ` +
          "students, whatever the job's student is; higher is harder. Nearer to another label: rows whose hashed words lie closer " +
          'to the mean of another label of mine. AUC: how well a linear model tells new rows from mine; 0.5 is not at all, 1 always.',
      ),
      { type: 'table', columns, rows: sets.map(rowOf) },
    ],
  };
}

function rowOf(set: SetMeasures): (string | number)[] {
  return [
    set.name,
    set.rows,
    decimal(set.distinct, 3),
    set.openings,
    decimal(set.goldLoss, 3),
    decimal(set.earlierLoss, 3),
    percent(set.separability),
    decimal(set.auc, 3),
  ];
}

function sampleSize({ task }: ErrorExtrapolationParams): number {
  return task.kind === 'extractive-qa' ? QA_SAMPLE_ROWS : SAMPLE_ROWS;
}

async function measureSets(context: Context, last: number): Promise<SetMeasures[]> {
  const { read, params, seed } = context;
  const size = sampleSize(params);
  const sample = <T>(items: AsyncIterable<T>, purpose: string) => sampleOf(items, size, seed, purpose);
  const mine = await sample(read.collection<GoldRow>('prepare/mine'), 'mine');
  const select = await sample(read.collection<GoldRow>('prepare/select'), 'select');
  const student = studentOf(params, mine);
  const sets: SetMeasures[] = [{ ...variety('gold: mine', mine, params.task.kind) }];
  if (select.length > 0)
    sets.push({
      ...variety('gold: select', select, params.task.kind),
      ...lossOf('goldLoss', student, select),
    });
  const earlier: SiftedRow[] = [];
  for (let round = 0; round <= last; round += 1) {
    const rows = await sample(acceptedOf(context, round), `round ${round}`);
    if (rows.length === 0) continue;
    sets.push({
      ...variety(round === 0 ? 'round 0 (seed)' : `round ${round}`, rows, params.task.kind),
      ...lossOf('goldLoss', student, rows),
      ...lossOf('earlierLoss', studentOf(params, earlier), rows),
      ...likeness(context, mine, rows),
    });
    earlier.push(...rows);
  }
  return sets;
}

async function* acceptedOf({ read }: Context, round: number): AsyncIterable<SiftedRow> {
  for await (const { record } of read.outcomes<unknown, SiftedRow>(stageAt(MAIN, 'gate', round)))
    if (record !== undefined) yield record;
}

function variety(name: string, rows: readonly Row[], kind: TaskKind): SetMeasures {
  const texts = rows.map((row) => writtenText(kind, row));
  const openings = topOpenings(texts, OPENINGS_SHOWN).map(
    ({ opening, share }) => `“${opening}” ${percent(share)} %`,
  );
  // The first rows of a sample are those of the stream's beginning: every n-th one is even.
  const step = Math.max(1, texts.length / DISTINCT_ROWS);
  const even = Array.from(
    { length: Math.min(DISTINCT_ROWS, texts.length) },
    (_, i) => texts[Math.floor(i * step)]!,
  );
  return { name, rows: rows.length, distinct: distinct2(even), openings: openings.join(', ') };
}

function studentOf(params: ErrorExtrapolationParams, rows: readonly Row[]): LinearStudent | undefined {
  if (rows.length === 0) return undefined;
  const examples = rows.map((row) => exampleOf(row));
  return trainLinear(studentTaskOf(params), examples, { seed: params.studentSeeds[0] ?? 1 });
}

function lossOf(name: 'goldLoss' | 'earlierLoss', student: LinearStudent | undefined, rows: readonly Row[]) {
  if (student === undefined) return {};
  return {
    [name]: linearLoss(
      student,
      rows.map((row) => exampleOf(row)),
    ),
  };
}

function likeness({ params, seed }: Context, mine: readonly GoldRow[], rows: readonly SiftedRow[]) {
  const { kind } = params.task;
  const texts = (of: readonly Row[]): string[] => of.map((row) => writtenText(kind, row));
  const vectors = (of: readonly Row[]) =>
    of.map((row) => ({ label: row.label ?? '', vector: hashedVector(writtenText(kind, row)) }));
  return {
    ...(kind === 'extractive-qa'
      ? {}
      : { separability: separability(vectors(rows), centroidsOf(vectors(mine))) }),
    ...(mine.length === 0 ? {} : { auc: realSyntheticAuc(texts(mine), texts(rows), seed) }),
  };
}
