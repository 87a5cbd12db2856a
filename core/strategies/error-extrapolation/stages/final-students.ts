/** The students that `test` compares: of every arm and composition, of the rounds that the comparisons ask for. */
import type { Reader } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { ErrorExtrapolationParams } from '../params';
import { stageAt } from '../place';
import type { Composition } from '../records';
import { findsErrors } from '../story';
import type { ArmAt } from './round-rows';
import { countAccepted, roundsOf } from './round-rows';
import { loopCompositions } from './trainings';

/** Seeds of one student: equal rows, composition and parameters. */
export interface FinalStudent {
  readonly at: ArmAt;
  /** `chosen`: the round that is returned; `last`: the last that ran, named apart where that is another. */
  readonly as: 'chosen' | 'last';
  readonly round: number;
  readonly composition: Composition;
  readonly params: ErrorExtrapolationParams;
  /** Synthetic rows it learns from; 0: gold alone. */
  readonly rows: number;
  /** `<arm>/<composition>`, before the seed; unique among all. */
  readonly name: string;
  /** Where it is trained, and the key before the seed there. */
  readonly training: { readonly stage: string; readonly prefix: string };
}

export const FINAL_STAGE = 'train-final';
/** Arms without students, and those without rows of their own. */
const TEACHERS: readonly string[] = ['teacher-zero-shot', 'teacher-few-shot'];
export const GOLD_ONLY = 'gold-only';
/** Arms that write until they have as many rows as main, and are cut there. */
const SIZED_ARMS: readonly string[] = ['seed-only', 'few-shot', 'goldgen-pure'];
const COMPOSITIONS: readonly Composition[] = ['synthetic-only', 'gold-plus-synthetic'];

/** Arms that write rows, in the order in which they are listed. */
export function generatedArms({ arms }: Pick<ErrorExtrapolationParams, 'arms'>): string[] {
  return arms.filter((arm) => arm !== GOLD_ONLY && !TEACHERS.includes(arm));
}

export async function finalStudents(
  read: Reader,
  params: ErrorExtrapolationParams,
): Promise<readonly FinalStudent[]> {
  const students: FinalStudent[] = [];
  if (params.arms.includes(GOLD_ONLY)) students.push(goldOnly(params));
  for (let replicate = 1; replicate <= params.replicates; replicate += 1) {
    const main: ArmAt = { replicate, arm: 'main' };
    const mainRounds = await roundsOf(read, main, params.roundsMax);
    if (mainRounds.last < 0) continue;
    const size = await sizeOf(read, main, mainRounds.last);
    for (const arm of ['main', ...generatedArms(params)]) {
      const at: ArmAt = { replicate, arm };
      const own = paramsOfArm(params, arm);
      const { last, chosen } = await roundsOf(read, at, own.roundsMax);
      if (last < 0) continue;
      const cut = SIZED_ARMS.includes(arm) ? size : Infinity;
      students.push(...(await studentsOf(read, own, at, chosen, 'chosen', cut)));
      if (chosen !== last) students.push(...(await studentsOf(read, own, at, last, 'last', cut)));
    }
  }
  return students;
}

async function studentsOf(
  read: Reader,
  params: ErrorExtrapolationParams,
  at: ArmAt,
  round: number,
  as: FinalStudent['as'],
  rowsMax: number,
): Promise<FinalStudent[]> {
  const rows = Math.min(rowsMax, await sizeOf(read, at, round));
  if (rows === 0) return []; // the arm ended incomplete
  return COMPOSITIONS.map((composition) => {
    const trained = findsErrors(at.arm) && loopCompositions(params).includes(composition);
    const arm = as === 'chosen' ? at.arm : `${at.arm}-last`;
    const name = `${armName(at.replicate, arm)}/${composition}`;
    const training = trained
      ? { stage: stageAt(at, 'train', round), prefix: composition }
      : { stage: FINAL_STAGE, prefix: name };
    return { at, as, round, composition, params, rows, name, training };
  });
}

function goldOnly(params: ErrorExtrapolationParams): FinalStudent {
  const composition: Composition = 'gold-plus-synthetic';
  const name = `${GOLD_ONLY}/${composition}`;
  return {
    at: { replicate: 1, arm: GOLD_ONLY },
    as: 'chosen',
    round: 0,
    composition,
    params,
    rows: 0,
    name,
    training: { stage: FINAL_STAGE, prefix: name },
  };
}

async function sizeOf(read: Reader, at: ArmAt, round: number): Promise<number> {
  const { seed, extra } = await countAccepted(read, at, round);
  return seed + extra;
}

export function armName(replicate: number, arm: string): string {
  return replicate === 1 ? arm : `r${replicate}/${arm}`;
}
