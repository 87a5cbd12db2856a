/** Stage `preflight`: whether model, judge and prompts are fit for the task, for the price of a few hundred calls. */
import type { Reply } from '../../../calls';
import type { Json } from '../../../json';
import { accept, call, reject } from '../../../strategy';
import type { RowsStage, Step, StepContext } from '../../../strategy';
import { judgeStep } from '../judge-call';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow, Texts, WriteData } from '../records';
import { settingsOf } from '../settings';
import { writeStep } from '../write-step';
import { concludePreflight } from './preflight-gate';
import type { PreflightData } from './preflight-plan';
import { planPreflight } from './preflight-plan';
import { disagrees } from './sift';
import { WRITE_READS, writingContext, writingSources, writtenRow } from './write-step';

type Context = StepContext<ErrorExtrapolationParams, PreflightData>;

/** Its lineage is its own: the first draw of a preview is the first draw of the seed row that it is. */
export const preflight: RowsStage<ErrorExtrapolationParams, PreflightData> = {
  kind: 'rows',
  title: 'Try model, judge and prompts on a few rows',
  lineage: 'preflight',
  reads: { ...WRITE_READS, row: 'prepare/mine' },
  plan: planPreflight,
  step: (context) =>
    context.row.data.kind === 'zero' ? stepZero(context) : stepTry(context, context.row.data.write),
  conclude: concludePreflight,
};

/** One vote of the judge on a gold row. */
function stepZero({ params, prompts, models, sources, replies }: Context): Step {
  const [row] = sources['row'] as readonly [GoldRow];
  const step = judgeStep({ params: { ...params, judgeVotes: 1 }, prompts, models }, row, replies);
  if ('call' in step) return call(step.call);
  const { agreed, majority } = step.verdict;
  const isUnread = Object.keys(step.verdict.votes).length === 0;
  if (isUnread) return reject('unparsable', 'the answer names no label');
  return accept({ said: majority, right: agreed });
}

/** As `seed` or `extrapolate-q` writes it; a seed row is judged, as `sift-0` judges it. */
function stepTry(context: Context, write: WriteData): Step {
  const writing = writingContext(context, 'main');
  const sources = writingSources(context);
  const written = firstEnd(context.replies, (replies) => writeStep(writing, write, sources, replies));
  if ('call' in written.end) return call(written.end.call);
  if ('reason' in written.end) return reject(written.end.reason, written.end.detail);
  const { texts } = written.end;
  const rest = context.replies.slice(written.replies);
  if (write.variant === 'seed' && settingsOf(context.params).judge === 'llm')
    return stepJudge(context, write, texts, rest);
  return accept(writtenRow(writing, write, texts, 0) as unknown as Json);
}

function stepJudge(
  { params, prompts, models, sources }: Context,
  write: WriteData,
  texts: Texts,
  replies: readonly Reply[],
): Step {
  const { label } = write;
  const row = { ...texts, ...(label === undefined ? {} : { label }) };
  const step = judgeStep({ params, prompts, models }, row, replies);
  if ('call' in step) return call(step.call);
  if (!step.verdict.agreed) return disagrees(step.verdict, label);
  const { kind, votes } = step.verdict;
  const written = writtenRow(writingContext({ params, prompts, models, sources }, 'main'), write, texts, 0);
  return accept({ ...written, judge: { kind, votes } } as unknown as Json);
}

/** The first end that a prefix of the replies leads to, and its length; else what is asked after all of them. */
function firstEnd<T extends object>(
  replies: readonly Reply[],
  step: (replies: readonly Reply[]) => T,
): { readonly end: T; readonly replies: number } {
  for (let taken = 0; taken < replies.length; taken += 1) {
    const end = step(replies.slice(0, taken));
    if (!('call' in end)) return { end, replies: taken };
  }
  return { end: step(replies), replies: replies.length };
}
