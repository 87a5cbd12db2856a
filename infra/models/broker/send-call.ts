/** One call of one row: from the ledger if it is there, else claimed, sent, and sent again where that may help. */
import { setTimeout as delay } from 'node:timers/promises';
import { budgetReached, capWithoutPrice } from '../../../core/budget-reached';
import type { CallRequest, Reply } from '../../../core/calls';
import { callKey, type Draw, drawOf, providerSeed } from '../../../core/call-key';
import { type Amount, dollars, worstCase } from '../../../core/price';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  CALL_ATTEMPTS_MAX,
  CALL_TIMEOUT_MS,
  ELSEWHERE_POLL_MAX_MS,
  ELSEWHERE_POLL_MS,
  GATE_INSIDE_MS,
} from '../../../core/story/limits';
import type { Block, Failure } from '../../../core/story/vocabulary';
import type { ClaimAnswer } from '../../database/claims';
import type { PaidAnswer } from '../../database/commits';
import type { Permit } from '../limiter';
import { ModelFault } from '../model-client';
import { blockOfVerdict } from './block-of-verdict';
import type { BatchSession, Place } from './session';
import { FIRST } from './slots';
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
  /** True while the ledger holds this call for us, unanswered. */
  claimed: boolean;
}

/** Attempts are remembered for this many failing calls. */
const ATTEMPTS_REMEMBERED_MAX = 10_000;

/** @param place where the row was let in, for its first call; given back here */
export async function sendCall(
  session: BatchSession,
  request: CallRequest,
  draw: Draw,
  place?: Place,
): Promise<Called> {
  const sending = prepare(session, request, draw);
  let given = place;
  try {
    for (let polls = 0; ;) {
      if (polls > 0 && !sending.claimed) given = await session.place();
      const tried = await tryOnce(sending, given);
      given = undefined;
      if (tried === 'again') {
        // Held by another batch, or by the budget: ever more rarely, and never before rows that can go.
        await waitForRow(session, Math.min(ELSEWHERE_POLL_MAX_MS, ELSEWHERE_POLL_MS * 2 ** polls));
        polls += 1;
      } else if (!(tried instanceof ModelFault)) return tried;
      else {
        const end = await judgeFault(sending, tried);
        if (end) return end;
      }
    }
  } finally {
    await giveBack(sending, 'no');
  }
}

function prepare(session: BatchSession, request: CallRequest, draw: Draw): Sending {
  const target = session.facts.targets.get(request.role);
  if (!target) throw new Error(`the job names no model for the role "${request.role}"`);
  const drawn = drawOf(request.request, draw);
  return {
    session,
    target,
    request,
    key: callKey(session.facts.tenant, target.identity, request.request, drawn),
    seed: providerSeed(drawn),
    worst: worstCase(request.request, target.prices),
    claimed: false,
  };
}

/** Claims what is not in the ledger, a little ahead of its turn so that no slot waits for the ledger, and sends it once. */
async function tryOnce(sending: Sending, given: Place | undefined): Promise<Called | ModelFault | 'again'> {
  const { session } = sending;
  haltWhereClosed(sending);
  const again = sending.claimed;
  const place = given ?? (again ? undefined : await session.place(FIRST));
  if (!again && !place) return STOPPED;
  let turn: Turn | undefined;
  try {
    const known = await claim(sending);
    if (known !== 'claimed') return known;
    turn = await takeTurn(sending, again);
  } finally {
    place?.();
  }
  if (!turn) return STOPPED;
  try {
    return await sendOnce(sending, turn.permit);
  } finally {
    turn.release();
  }
}

async function claim(sending: Sending): Promise<Called | 'claimed' | 'again'> {
  if (sending.claimed) return 'claimed';
  const { session, target, key, worst } = sending;
  const priced = target.prices !== undefined;
  const answer = await session.shared.queue.claim({
    ...{ lease: session.lease, key, ...target.identity, worst, priced },
  });
  const known = readClaim(sending, answer);
  sending.claimed = known === 'claimed';
  return known;
}

async function sendOnce(sending: Sending, permit: Permit): Promise<Called | ModelFault> {
  const { session, key } = sending;
  try {
    const called = await send(sending, permit);
    sending.claimed = false; // the answer's commit settles it
    session.shared.attempts.delete(key);
    return called;
  } catch (error) {
    if (error instanceof ModelFault) {
      permit.end({ kind: 'fault', verdict: error.verdict });
      return error;
    }
    permit.end({ kind: 'ended' });
    await giveBack(sending, 'unknown');
    if (session.inFlight.aborted) return STOPPED;
    throw error;
  }
}

/** @returns the call's end, or undefined when it is to be sent again after the wait that this includes */
async function judgeFault(sending: Sending, fault: ModelFault): Promise<Called | undefined> {
  const { session, target, key } = sending;
  const { verdict } = fault;
  session.lastFault = `${target.name}: ${verdict.message}`;
  const block = blockOfVerdict(verdict, target);
  if (block) session.halt({ why: 'blocked', block });
  if (verdict.kind === 'content-filtered' || isFormatRefused(sending, fault)) {
    sending.claimed = false;
    return answeredByServer(sending, fault);
  }
  // What may have been billed is in doubt; the next send asks the budget's lid again.
  if (verdict.paid !== 'no') await giveBack(sending, 'unknown');
  if (block || session.inFlight.aborted) return STOPPED;
  if (verdict.kind === 'bug') throw fault;
  const attempts =
    (session.shared.attempts.get(key) ?? 0) + (verdict.costsAttempt && !target.limiter.isDown() ? 1 : 0);
  if (!verdict.retry || attempts >= CALL_ATTEMPTS_MAX) {
    session.shared.attempts.delete(key);
    return { failed: verdict.reason ?? 'model-error', detail: verdict.message };
  }
  rememberAttempts(session.shared.attempts, key, attempts);
  await waitForRow(session, verdict.afterMs ?? jittered(attempts));
  return undefined;
}

/** A claim that is not going to be answered leaves the ledger; `unknown` leaves its worst case in doubt. */
async function giveBack(sending: Sending, paid: 'no' | 'unknown'): Promise<void> {
  if (!sending.claimed) return;
  sending.claimed = false;
  const { session, key } = sending;
  await session.shared.queue.release({ lease: session.lease, key, paid });
}

function rememberAttempts(attempts: Map<string, number>, key: string, count: number): void {
  attempts.set(key, count);
  if (attempts.size > ATTEMPTS_REMEMBERED_MAX) attempts.delete(attempts.keys().next().value!);
}

interface Turn {
  readonly permit: Permit;
  readonly release: () => void;
}

/**
 * Halts the batch where its provider is gone, or shut for longer than a row should wait.
 * @param held permits that this call has
 */
function haltWhereClosed({ session, target }: Sending, held = 0): void {
  const gone = target.limiter.gone();
  if (gone !== undefined) {
    const block = { code: 'model-gone', message: `${target.name}: ${gone}`, samples: [], choices: ['retry'] };
    session.halt({ why: 'blocked', block });
  }
  const gateMs = target.limiter.gateMs(held);
  if (gateMs > GATE_INSIDE_MS) session.halt({ why: 'gate', notBeforeMs: gateMs });
}

/** A slot of the job and a permit of the provider; undefined when the batch stops first. */
async function takeTurn(sending: Sending, again: boolean): Promise<Turn | undefined> {
  const { session, target, worst } = sending;
  const free = await session.slot(again);
  if (!free) return undefined;
  let granted: Permit | undefined;
  const release = () => {
    granted?.end({ kind: 'unsent' }); // unless it has ended by being sent
    free();
  };
  const { tenant, job } = session.lease;
  try {
    granted = await target.limiter.acquire({ tenant, job, tokens: worst.tokens, signal: session.sending });
    await session.shared.watch.fresh();
    haltWhereClosed(sending, 1);
    if (!session.stopped) return { permit: granted, release };
  } catch (error) {
    if (!session.sending.aborted) {
      release();
      throw error;
    }
  }
  release();
  return undefined;
}

function readClaim({ session, key, target }: Sending, answer: ClaimAnswer): Called | 'claimed' | 'again' {
  switch (answer.state) {
    case 'claimed':
      return 'claimed';
    case 'answered':
      return { reply: answer.answer.reply, key, costUsd: answer.answer.costUsd };
    case 'elsewhere':
      return 'again';
    case 'over-budget':
      if (answer.waiting) return 'again'; // answers on their way may cost less than was reserved
      return blockedByBudget(session, budgetReached(session.lease.job, answer.uses));
    case 'unpriced':
      return blockedByBudget(session, capWithoutPrice(session.lease.job, target.name), { asWritten: true });
  }
}

function blockedByBudget(
  session: BatchSession,
  message: string,
  more: Pick<Block, 'asWritten'> = {},
): Called {
  const block = { code: 'budget-reached', message, samples: [], choices: [], ...more };
  session.halt({ why: 'blocked', block });
  return STOPPED;
}

async function send(sending: Sending, permit: Permit): Promise<Called> {
  const { session, target, request, key, seed, worst } = sending;
  const answer = await target.client.send(request.request, {
    model: target.model,
    ...(seed === undefined ? {} : { seed }),
    signal: session.inFlight,
    timeoutMs: CALL_TIMEOUT_MS,
    userKey: key,
  });
  const { reply, latencyMs, requestId, headers } = answer;
  permit.end({ kind: 'ok', headers, tokens: reply.usage.inputTokens + reply.usage.outputTokens });
  const costUsd = dollars(reply.usage, target.prices);
  return {
    reply,
    key,
    costUsd,
    paid: {
      key,
      ...target.identity,
      reply,
      costUsd,
      priced: target.prices !== undefined,
      estimated: reply.usage.estimated === true,
      latencyMs,
      requestId,
      worst,
    },
  };
}

/** Only a call that names a format can be asked again without it. */
function isFormatRefused({ request: { request } }: Sending, { verdict }: ModelFault): boolean {
  return verdict.kind === 'format-refused' && request.kind === 'chat' && request.format !== undefined;
}

/** The provider's filter, or its refusal of the format, took the place of an answer: kept as one, never asked again. */
function answeredByServer({ session, key, target, worst }: Sending, { verdict }: ModelFault): Called {
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  const filtered = verdict.kind === 'content-filtered';
  if (!filtered) session.hint = `${target.name}: ${verdict.message}`;
  const reply: Reply = filtered
    ? { text: '', finish: 'content-filter', refused: true, usage }
    : { text: verdict.message, finish: 'format-refused', refused: false, usage };
  const free = { costUsd: 0, priced: true, estimated: false, latencyMs: 0, requestId: undefined };
  return { reply, key, costUsd: 0, paid: { key, ...target.identity, reply, ...free, worst } };
}

const jittered = (attempts: number) =>
  Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.max(0, attempts - 1));

/** Waits without a slot; a stop ends the wait, and the next turn sees it. */
async function waitForRow(session: BatchSession, ms: number): Promise<void> {
  await delay(ms, undefined, { signal: session.sending }).catch(() => undefined);
}
