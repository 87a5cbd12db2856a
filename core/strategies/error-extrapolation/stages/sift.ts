/** Stage `<arm>/sift-q`: which written rows may teach. Repeats and leaks go without a call, the rest is judged. */
import type { Json } from '../../../json';
import { accept, call, reject } from '../../../strategy';
import type { RowsStage, Step, StepContext } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { Verdict } from '../judge-call';
import { judgedLabel, judgeStep } from '../judge-call';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import type { JudgeVerdict, SiftedRow } from '../records';
import type { SiftData } from './sift-plan';
import { planSift } from './sift-plan';

/** Students of gold must give a row's label at least this probability. */
const GOLD_PROBABILITY_MIN = 0.05;

type Context = StepContext<ErrorExtrapolationParams, SiftData>;

export function siftStage(place: Place): RowsStage<ErrorExtrapolationParams, SiftData> {
  return {
    kind: 'rows',
    title: 'Drop repeats and leaks, judge the labels',
    lineage: place.arm,
    reads: {},
    plan: (context) => planSift(context, place),
    step: (context) => stepSift({ ...context, params: paramsOfArm(context.params, place.arm) }),
  };
}

function stepSift(context: Context): Step {
  const { written, fault, judge, gold } = context.row.data;
  if (fault !== undefined) return reject(fault.reason, fault.detail);
  if (judge === 'llm') return stepJudge(context);
  if (gold === undefined) return keep(context, written.label);
  const { probability, likeliest } = gold;
  const verdict: JudgeVerdict = { kind: 'gold-student', votes: {}, probability };
  if (written.variant === 'boundary') return keep(context, likeliest, verdict);
  if (probability < GOLD_PROBABILITY_MIN)
    return reject(
      'label-disagrees',
      `students of gold say "${likeliest}", ${probability.toFixed(3)} for "${written.label}"`,
    );
  return keep(context, written.label, verdict);
}

function stepJudge(context: Context): Step {
  const { written } = context.row.data;
  const step = judgeStep(context, written, context.replies);
  if ('call' in step) return call(step.call);
  const { verdict } = step;
  const isQa = context.params.task.kind === 'extractive-qa';
  const label = isQa ? undefined : judgedLabel(written, verdict);
  if (isQa ? !verdict.agreed : label === undefined) return disagrees(verdict, written.label);
  return keep(context, label, { kind: verdict.kind, votes: verdict.votes });
}

/** What a judge's majority says against a row. */
export function disagrees({ majority }: Verdict, label: string | undefined): Step {
  const says = majority === '' ? 'the judge has no majority' : `the judge says "${majority}"`;
  return reject('label-disagrees', label === undefined ? says : `${says}, the row "${label}"`);
}

function keep({ row }: Context, label: string | undefined, judge?: JudgeVerdict): Step {
  const { written, callKeys } = row.data;
  const { label: _asked, ...rest } = written;
  const sifted: SiftedRow = {
    ...rest,
    ...(label === undefined ? {} : { label }),
    id: row.key,
    callKeys,
    ...(judge === undefined ? {} : { judge }),
  };
  return accept(sifted as unknown as Json);
}
