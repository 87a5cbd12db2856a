/** What the test rows said: scores, comparisons, and why some are missing. */
import type { PublishContext, Reader } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { numberOf } from './report-words';
import type { Compared } from './stages/compare-arms';
import type { Comparison } from './stages/comparisons';
import { GOLD_ONLY } from './stages/final-students';
import { readAll } from './stages/predicted';
import { countAccepted, roundsOf } from './stages/round-rows';
import type { StudentScore } from './stages/score-students';
import type { TeacherScore } from './stages/test-teacher';

type Context = PublishContext<ErrorExtrapolationParams>;

export interface TestReport {
  /** Test rows; 0: nothing was compared. */
  readonly rows: number;
  readonly metric: string;
  readonly scores: readonly StudentScore[];
  readonly teachers: readonly TeacherScore[];
  readonly comparisons: readonly Compared[];
  /** As `prepare` fixed them, also those that came to nothing. */
  readonly planned: readonly Comparison[];
  /** By arm: why it has no score. Of arms that no comparison asked for: that the job did not have them. */
  readonly untested: Readonly<Record<string, string>>;
}

/** Arms whose absence the claims name. */
const CLAIMED_ARMS: readonly string[] = ['goldgen-mix', GOLD_ONLY];

export async function readTest(context: Context): Promise<TestReport> {
  const { read } = context;
  const prepared = (await read.stage('prepare'))?.facts ?? {};
  const tested = (await read.stage('test'))?.facts ?? {};
  const { metric, comparisons } = tested;
  const scores =
    (numberOf(tested['students']) ?? 0) > 0
      ? await readAll(read.collection<StudentScore>('test/scores'))
      : [];
  const asked = numberOf((await read.stage('test-teacher'))?.facts['arms']) ?? 0;
  const teachers = asked > 0 ? await readAll(read.collection<TeacherScore>('test-teacher/scores')) : [];
  const rows = numberOf(prepared['test']) ?? 0;
  return {
    rows,
    metric: typeof metric === 'string' ? metric : String(prepared['metric'] ?? 'score'),
    scores,
    teachers,
    comparisons: Array.isArray(comparisons) ? (comparisons as readonly Compared[]) : [],
    planned: Array.isArray(prepared['comparisons']) ? (prepared['comparisons'] as readonly Comparison[]) : [],
    untested: await whyUntested(context, rows, new Set([...scores, ...teachers].map(({ arm }) => arm))),
  };
}

async function whyUntested(
  { read, params }: Context,
  rows: number,
  scored: ReadonlySet<string>,
): Promise<Record<string, string>> {
  const arms: readonly string[] = params.arms;
  const why: Record<string, string> = {};
  for (const arm of CLAIMED_ARMS) if (!arms.includes(arm)) why[arm] = `the job has no arm ${arm}`;
  for (const arm of arms) {
    if (scored.has(arm)) continue;
    why[arm] = rows === 0 ? 'there are no test rows' : await whyUnfinished(read, params, arm);
  }
  return why;
}

async function whyUnfinished(read: Reader, params: ErrorExtrapolationParams, arm: string): Promise<string> {
  if (arm.startsWith('teacher-')) return `no row of ${arm} was answered`;
  if (arm === GOLD_ONLY) return 'no student of gold alone was trained to its end';
  const main = await roundsOf(read, { replicate: 1, arm: 'main' }, params.roundsMax);
  if (main.last < 0) return 'main finished no round';
  const at = { replicate: 1, arm };
  const { seed, extra } = await countAccepted(
    read,
    at,
    Math.max(0, (await roundsOf(read, at, params.roundsMax)).last),
  );
  const accepted = seed + extra;
  return accepted === 0
    ? `the arm ${arm} has no accepted row`
    : `the arm ${arm} has ${accepted} accepted rows, and no student that was trained to its end`;
}
