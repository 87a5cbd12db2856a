/** One call of one row: from the ledger if it is there, else claimed, sent, and sent again where that may help. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallRequest, Reply } from '../../../core/calls';
import { callKey, type Draw, drawOf, providerSeed } from '../../../core/call-key';
import { type Amount, dollars, worstCase } from '../../../core/price';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  CALL_ATTEMPTS_MAX,
  CALL_TIMEOUT_MS,
  ELSEWHERE_POLL_MS,
  GATE_INSIDE_MS,
} from '../../../core/story/limits';
import type { Failure } from '../../../core/story/vocabulary';
import type { ClaimAnswer } from '../../database/claims';
import { noteInDoubt, type PaidAnswer, releaseClaim } from '../../database/commits';
import { ModelFault } from '../model-client';
import { blockOf } from './blocks';
import type { BatchSession } from './session';
import type { Target } from './target';

export type Called =
  /** `paid` when this call was sent now: whoever gets it commits it. */
  | { readonly reply: Reply; readonly key: string; readonly costUsd: number; readonly paid?: PaidAnswer }
  | { readonly failed: Failure; readonly detail: string }
  | { readonly stopped: true };

const STOPPED: Called = { stopped: true };

interface Sending {
  readonly session: BatchSession;
  readonly target: Target;
  readonly request: CallRequest;
  readonly key: string;
  readonly seed: number | undefined;
  readonly worst: Amount;
}

export async function sendCall(session: BatchSession, request: CallRequest, draw: Draw): Promise<Called> {
  const target = session.facts.targets.get(request.role);
  if (!target) throw new Error(`the job names no model for the role "${request.role}"`);
  const drawn = drawOf(request.request, draw);
  const sending: Sending = {
    session,
    target,
    request,
    key: callKey(session.facts.tenant, target.identity, request.request, drawn),
    seed: providerSeed(drawn),
    worst: worstCase(request.request, target.prices),
  };
  let claimed = false;
  let paid: 'no' | 'unknown' = 'no';
  let done = false;
  try {
    for (let attempt = 1; ;) {
      let stepForward = (): void => undefined;
      if (!claimed) {
        const claim = await claimAhead(sending);
        if (claim === 'again') {
          await waitForRow(session, ELSEWHERE_POLL_MS);
          continue;
        }
        if (!('stepForward' in claim)) return claim;
        claimed = true;
        stepForward = claim.stepForward;
      }
      const turn = await takeTurn(sending).finally(stepForward);
      if (!turn) return STOPPED;
      let fault: ModelFault;
      try {
        const called = await send(sending);
        done = true;
        return called;
      } catch (error) {
        if (!(error instanceof ModelFault)) throw error;
        fault = error;
      } finally {
        turn.release();
      }
      const { verdict } = fault;
      target.limiter.note(verdict);
      session.lastFault = `${target.name}: ${verdict.message}`;
      if (verdict.paid === 'unknown') paid = 'unknown';
      const block = blockOf(verdict, target);
      if (block) session.halt({ why: 'blocked', block });
      if (block || session.inFlight.aborted) return STOPPED;
      if (verdict.kind === 'bug') throw fault;
      if (verdict.kind === 'content-filtered') {
        done = true;
        return filtered(sending);
      }
      const costs = verdict.costsAttempt && !target.limiter.isDown();
      if (!verdict.retry || (costs && attempt >= CALL_ATTEMPTS_MAX)) {
        return { failed: verdict.reason ?? 'model-error', detail: verdict.message };
      }
      if (costs) attempt += 1;
      if (paid === 'unknown') {
        await noteInDoubt(session.shared.db, session.lease, sending.worst); // this send; the claim now stands for the next
        paid = 'no';
      }
      await waitForRow(session, verdict.afterMs ?? jittered(attempt));
    }
  } finally {
    if (claimed && !done)
      await releaseClaim(session.shared.db, session.lease, sending.key, sending.worst, paid);
  }
}

/**
 * Claims the call before there is a slot for it, so that a slot that frees is used at once. Few may wait so: what is
 * claimed holds budget. `stepForward` leaves their number.
 */
async function claimAhead(sending: Sending): Promise<Called | 'again' | { stepForward(): void }> {
  const { session, target, key, worst } = sending;
  haltWhereClosed(sending);
  if (session.stopped) return STOPPED;
  let stepForward: () => void;
  try {
    stepForward = await session.shared.aheadOf(session.lease.job).acquire(session.sending);
  } catch (error) {
    if (!session.sending.aborted) throw error;
    return STOPPED;
  }
  let known: Called | 'claimed' | 'again' = 'again';
  try {
    if (session.stopped) return STOPPED;
    known = readClaim(
      sending,
      await session.shared.claims.add({ lease: session.lease, key, ...target.identity, worst }),
    );
  } finally {
    if (known !== 'claimed') stepForward();
  }
  return known === 'claimed' ? { stepForward } : known;
}

/** A provider that is gone blocks the job; one whose gate is far away sends the batch back. */
function haltWhereClosed({ session, target }: Sending): void {
  const gone = target.limiter.gone();
  if (gone !== undefined) {
    session.halt({
      why: 'blocked',
      block: { code: 'model-gone', message: `${target.name}: ${gone}`, samples: [], choices: ['retry'] },
    });
  }
  const gateMs = target.limiter.gateMs();
  if (gateMs > GATE_INSIDE_MS) session.halt({ why: 'gate', notBeforeMs: gateMs });
}

/** A slot of the job and a permit of the provider; undefined when the batch stops first. */
async function takeTurn(sending: Sending): Promise<{ release(): void } | undefined> {
  const { session, target, worst } = sending;
  haltWhereClosed(sending);
  if (session.stopped) return undefined;
  const signal = session.sending;
  try {
    const free = await session.shared.slotsOf(session.lease.job).acquire(signal);
    try {
      const permit = await target.limiter.acquire({ tokens: worst.tokens, signal });
      const release = () => {
        permit.release();
        free();
      };
      await session.shared.watch.fresh();
      if (!session.stopped) return { release };
      release();
    } catch (error) {
      free();
      throw error;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return undefined;
}

function readClaim({ session, key, target }: Sending, claim: ClaimAnswer): Called | 'claimed' | 'again' {
  switch (claim.state) {
    case 'claimed':
      return 'claimed';
    case 'answered':
      return { reply: claim.answer.reply, key, costUsd: claim.answer.costUsd };
    case 'elsewhere':
      return 'again';
    case 'over-budget':
      if (claim.waiting) return 'again'; // answers on their way may cost less than was reserved
      session.halt({
        why: 'blocked',
        block: {
          code: 'budget-reached',
          message: `the budget is used up (${claim.limit} allowed; the next call to ${target.name} would exceed it). Resume with a higher budget to go on.`,
          samples: [],
          choices: [],
        },
      });
      return STOPPED;
  }
}

async function send({ session, target, request, key, seed, worst }: Sending): Promise<Called> {
  const answer = await target.client.send(request.request, {
    model: target.model,
    ...(seed === undefined ? {} : { seed }),
    signal: session.inFlight,
    timeoutMs: CALL_TIMEOUT_MS,
    userKey: key,
  });
  target.limiter.note('ok', answer.headers);
  const costUsd = dollars(answer.reply.usage, target.prices);
  const { reply, latencyMs, requestId } = answer;
  return {
    reply,
    key,
    costUsd,
    paid: { key, ...target.identity, reply, costUsd, latencyMs, requestId, worst },
  };
}

/** The provider's filter took the place of an answer: kept as one, so that it is never asked again. */
function filtered({ key, target, worst }: Sending): Called {
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  const reply: Reply = { text: '', finish: 'content-filter', refused: true, usage };
  return {
    reply,
    key,
    costUsd: 0,
    paid: { key, ...target.identity, reply, costUsd: 0, latencyMs: 0, requestId: undefined, worst },
  };
}

const jittered = (attempt: number) =>
  Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1));

/** Waits without a slot; a stop ends the wait, and the next turn sees it. */
async function waitForRow(session: BatchSession, ms: number): Promise<void> {
  await delay(ms, undefined, { signal: session.sending }).catch(() => undefined);
}
