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
    for (let attempt = 1, again = false; ;) {
      if (again) await waitForRow(session, ELSEWHERE_POLL_MS);
      const turn = await takeTurn(sending);
      if (!turn) return STOPPED;
      let fault: ModelFault;
      try {
        if (!claimed) {
          const claim = await session.shared.claims.add({
            lease: session.lease,
            key: sending.key,
            ...target.identity,
            worst: sending.worst,
          });
          const known = readClaim(sending, claim);
          again = known === 'again';
          if (known === 'again') continue;
          if (known !== 'claimed') return known;
          claimed = true;
        }
        if (session.stopped) return STOPPED; // a wish that arrived while the claim was written
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

/** A slot of the job and a permit of the provider; undefined when the batch stops first. */
async function takeTurn({ session, target, worst }: Sending): Promise<{ release(): void } | undefined> {
  const gone = target.limiter.gone();
  if (gone !== undefined) {
    session.halt({
      why: 'blocked',
      block: { code: 'model-gone', message: `${target.name}: ${gone}`, samples: [], choices: ['retry'] },
    });
  }
  const gateMs = target.limiter.gateMs();
  if (gateMs > GATE_INSIDE_MS) session.halt({ why: 'gate', notBeforeMs: gateMs });
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
