/** Writes what students learn from, and plans their trainings. Every training starts afresh from (rows, weights, seed). */
import type { Json } from '../../../json';
import type { PlannedRow, StudentPlanContext } from '../../../strategy';
import type { Training } from '../../../students/student';
import type { ErrorExtrapolationParams } from '../params';
import type { Composition, GoldRow } from '../records';
import { exampleOf, studentTaskOf } from './examples-of';
import type { ArmAt } from './round-rows';
import { weighedRows } from './row-weights';

type Context = StudentPlanContext<ErrorExtrapolationParams>;

export const STUDENT_ROLE = 'main';
const VALIDATION = 'validation';

export interface WantedTraining {
  /** Name of the stage that is planned. */
  readonly stage: string;
  /** Whose rows, up to which round; absent: gold alone. */
  readonly rows?: { readonly at: ArmAt; readonly round: number };
  readonly composition: Composition;
  /** The arm's own parameters. */
  readonly params: ErrorExtrapolationParams;
  /** At most this many synthetic rows, in plan order; absent: all. */
  readonly rowsMax?: number;
  /** Stands before `<seed>` in the rows' keys, and names the collection of examples. */
  readonly prefix: string;
}

/** One row a seed of the student. */
export async function* planTrainings(
  context: Context,
  wanted: WantedTraining,
  validation: string | undefined,
): AsyncIterable<PlannedRow<Training>> {
  const { stage, params, prefix } = wanted;
  const collection = `examples/${prefix}`;
  if ((await writeExamples(context, wanted, collection)) === 0) return;
  for (const seed of params.studentSeeds) {
    const data: Training = {
      role: STUDENT_ROLE,
      task: studentTaskOf(params),
      seed,
      examples: `${stage}/${collection}`,
      ...(validation === undefined ? {} : { validation }),
      options: params.student,
    };
    yield { key: `${prefix}/${seed}`, sources: {}, data };
  }
}

async function writeExamples(context: Context, wanted: WantedTraining, collection: string): Promise<number> {
  const { rows, composition, params, rowsMax = Infinity } = wanted;
  let written = 0;
  if (rows !== undefined) {
    for await (const { row, weight } of weighedRows(context.read, params, rows.at, rows.round)) {
      if (written >= rowsMax) break;
      await context.write(collection, exampleOf(row, weight) as unknown as Json);
      written += 1;
    }
    if (written === 0) return 0; // an arm without rows is not gold alone
  }
  if (composition === 'gold-plus-synthetic') {
    for await (const row of context.read.collection<GoldRow>('prepare/mine')) {
      await context.write(collection, exampleOf(row) as unknown as Json);
      written += 1;
    }
  }
  return written;
}

/**
 * Examples by which a student may keep its best epoch. `linear` keeps its last: at its few epochs the choice is noise,
 * and would make the select score optimistic.
 */
export async function writeValidation(context: Context, stage: string): Promise<string | undefined> {
  if (context.students[STUDENT_ROLE]?.kind === 'linear') return undefined;
  let written = 0;
  for await (const row of context.read.collection<GoldRow>(`prepare/${context.params.selectOn}`)) {
    await context.write(VALIDATION, exampleOf(row) as unknown as Json);
    written += 1;
  }
  return written === 0 ? undefined : `${stage}/${VALIDATION}`;
}

/** The compositions that an arm's loop trains: the one that finds errors, and the one that ships. */
export function loopCompositions({ composition }: ErrorExtrapolationParams): readonly Composition[] {
  return composition === 'synthetic-only' ? ['synthetic-only'] : ['synthetic-only', 'gold-plus-synthetic'];
}
