/**
 * How many calls may be under way at an endpoint that nobody has described: grows by one with every answer, so that it
 * doubles with every latency, and stops where a doubling no longer brings more answers a second.
 */
export interface Ramp {
  /** Calls under way at once, over all workers. */
  readonly slots: number;
  readonly growing: boolean;
  /** The running round: as many answers as there were slots at its start. */
  readonly round: {
    readonly fromMs: number;
    readonly slots: number;
    readonly answers: number;
  };
  /** Answers a second of the last whole round. */
  readonly perSecond: number;
  /** When to try again whether more slots help. */
  readonly againAtMs: number;
}

export const RAMP_SLOTS_FIRST = 16;
export const RAMP_SLOTS_MAX = 8_192;
/** A doubling that brings less than this is the last one. */
const GAIN_MIN = 1.1;
const AGAIN_AFTER_MS = 60_000;
/** Of the slots, what must have had work in every look of a round. */
const USED_SHARE_MIN = 0.8;

export function startRamp(nowMs: number): Ramp {
  const round = { fromMs: nowMs, slots: RAMP_SLOTS_FIRST, answers: 0 };
  return { slots: RAMP_SLOTS_FIRST, growing: true, round, perSecond: 0, againAtMs: 0 };
}

/** Behind a known rate the slots are not what limits: they only grow with what is wanted. */
export function followRate(ramp: Ramp, answers: number, wanted: number): Ramp {
  return { ...ramp, slots: Math.max(ramp.slots, Math.min(RAMP_SLOTS_MAX, wanted, ramp.slots + answers)) };
}

/**
 * @param answers good answers since the last look
 * @param wanted calls that are under way or wait for a slot
 */
export function advanceRamp(ramp: Ramp, answers: number, wanted: number, nowMs: number): Ramp {
  if (!ramp.growing) {
    if (nowMs < ramp.againAtMs || wanted < ramp.slots) return ramp;
    const round = { fromMs: nowMs, slots: ramp.slots, answers: 0 };
    return { ...ramp, growing: true, round, perSecond: 0 };
  }
  const counted = ramp.round.answers + answers;
  // Slots without work say nothing: the round starts again.
  if (wanted < USED_SHARE_MIN * ramp.slots)
    return { ...ramp, perSecond: 0, round: { fromMs: nowMs, slots: ramp.slots, answers: 0 } };
  const slots = Math.min(RAMP_SLOTS_MAX, ramp.slots + answers);
  if (counted < 2 * ramp.round.slots) return { ...ramp, slots, round: { ...ramp.round, answers: counted } };
  const seconds = Math.max(nowMs - ramp.round.fromMs, 1) / 1_000;
  const perSecond = counted / seconds;
  if (ramp.perSecond > 0 && perSecond < GAIN_MIN * ramp.perSecond) {
    return { ...ramp, slots: ramp.round.slots, growing: false, againAtMs: nowMs + AGAIN_AFTER_MS };
  }
  return { ...ramp, slots, perSecond, round: { fromMs: nowMs, slots, answers: 0 } };
}
