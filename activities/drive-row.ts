import type { Reply, Usage } from '../core/calls';
import type { Outcome, RowsStage } from '../core/strategy';
import type { OutcomeState } from '../core/story/vocabulary';
import type { StoredRow } from '../infra/artifacts/plan';
import type { PaidAnswer, RowEnd } from '../infra/database/commits';
import { sendCall } from '../infra/models/broker/send-call';
import type { Reopening } from '../infra/database/rows';
import type { BatchSession, Place } from '../infra/models/broker/session';
import type { JobContext } from './job-context';
import type { JobReader } from './reader';
import { readSources } from './sources';

export interface RowWork {
  readonly job: JobContext;
  readonly stage: RowsStage;
  readonly read: JobReader;
  readonly session: BatchSession;
  readonly callsMax: number;
}

export interface DrivenRow {
  readonly state: OutcomeState;
  readonly tokens: number;
  readonly costUsd: number;
}

/** A row that no retry has opened again. */
const FIRST: Reopening = { version: 0, rejections: 0 };
const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/**
 * Asks the strategy for a row's next call until it gives an outcome; the last answer and the outcome are one commit.
 * @param place where the row was let in; its first call takes it over
 * @returns undefined when the batch stopped first: the row stays open, its answers stay in the ledger
 */
export async function driveRow(
  work: RowWork,
  row: StoredRow,
  place: Place,
  { version, rejections }: Reopening = FIRST,
): Promise<DrivenRow | undefined> {
  const { job, stage, session } = work;
  const sources = await readSources(stage, work.read, row);
  const replies: Reply[] = [];
  const callKeys: string[] = [];
  let usage = NO_USAGE;
  let costUsd = 0;
  let paid: PaidAnswer | undefined;
  const earlier: Promise<boolean>[] = [];
  const keep = (commit: Promise<boolean>) => {
    commit.catch(() => undefined); // seen when the row ends
    earlier.push(commit);
  };
  const finish = async (outcome: Ending): Promise<DrivenRow | undefined> => {
    const end: RowEnd = {
      position: row.position,
      version,
      rowKey: row.key,
      recordTokens: 0,
      callKeys,
      usage,
      costUsd,
      ...outcome,
    };
    await Promise.all(earlier); // an outcome must not name an answer that is not in the ledger
    const written = await session.commit({ ...(paid ? { answer: paid } : {}), end });
    // Not written by us: a fenced batch leaves the row to the newer run.
    return written
      ? { state: end.state, tokens: usage.inputTokens + usage.outputTokens, costUsd }
      : undefined;
  };
  for (;;) {
    const step = stage.step({ ...job.facts, row, sources, replies });
    if ('outcome' in step) return finish(endingOf(step.outcome));
    if (replies.length >= work.callsMax) {
      throw new TypeError(
        `row ${row.key} of a ${job.strategy.name} stage asked for more than ${work.callsMax} calls`,
      );
    }
    if (paid) keep(session.commit({ answer: paid }));
    paid = undefined;
    const draw = {
      seed: job.facts.seed,
      ordinal: row.draw,
      redraw: step.call.redraw ?? 0,
      version: rejections,
    };
    const called = await sendCall(session, step.call, draw, replies.length === 0 ? place : undefined);
    if ('stopped' in called) return undefined;
    if ('failed' in called) return finish({ state: 'failed', reason: called.failed, detail: called.detail });
    replies.push(called.reply);
    callKeys.push(called.key);
    paid = called.paid;
    usage = addUsage(usage, called.reply.usage);
    costUsd += called.costUsd;
  }
}

type Ending = Pick<RowEnd, 'state'> & Partial<Pick<RowEnd, 'reason' | 'detail' | 'record' | 'recordTokens'>>;

function endingOf(outcome: Outcome): Ending {
  if (outcome.state === 'accepted')
    return { state: 'accepted', record: outcome.record, recordTokens: outcome.tokens ?? 0 };
  return {
    state: 'rejected',
    reason: outcome.reason,
    ...(outcome.detail === undefined ? {} : { detail: outcome.detail }),
  };
}

function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}
