/** Rates out of the mock endpoint's counts by tenth of a second. Times are milliseconds since the first call. */

const SECOND_MS = 1_000;

/** Calls a second of `kind` (`arrivals`, `answered`, `limited`) in [fromMs, toMs), both on whole steps. */
export function rateBetween(timeline, kind, fromMs, toMs) {
  if (toMs <= fromMs) return undefined;
  return (SECOND_MS * countBetween(timeline, kind, fromMs, toMs)) / (toMs - fromMs);
}

function countBetween({ stepMs, ...lists }, kind, fromMs, toMs) {
  const steps = lists[kind].slice(Math.round(fromMs / stepMs), Math.round(toMs / stepMs));
  return steps.reduce((sum, count) => sum + count, 0);
}

/** Answers of each whole second. */
export function answeredBySecond(timeline) {
  const endMs = timeline.answered.length * timeline.stepMs;
  return Array.from({ length: Math.ceil(endMs / SECOND_MS) }, (_, second) =>
    countBetween(timeline, 'answered', second * SECOND_MS, (second + 1) * SECOND_MS),
  );
}

/**
 * Answers a second between a start and the moment when so few calls are open that not all slots can be busy. A whole
 * number of seconds, so that a window of one second counts alike wherever it begins; undefined when there is none.
 */
export function steadyRate(timeline, { skipMs, calls, inFlight }) {
  const endMs = reachedAtMs(timeline, calls - inFlight);
  const wholeMs = Math.floor((endMs - skipMs) / SECOND_MS) * SECOND_MS;
  return rateBetween(timeline, 'answered', skipMs, skipMs + wholeMs);
}

/** The start of the step in which the answers became more than `count`; the end of everything when they did not. */
export function reachedAtMs({ stepMs, arrivals, answered, limited }, count) {
  let sum = 0;
  const step = answered.findIndex((here) => (sum += here) > count);
  return (step < 0 ? Math.max(arrivals.length, answered.length, limited.length) : step) * stepMs;
}

/**
 * How long after `fromMs` the answers of a whole second reached `rate`, where they also kept it on average from that
 * second to `toMs`: one lucky second is no recovery. undefined when that did not happen.
 */
export function recoveryMs(timeline, { fromMs, toMs, rate }) {
  const { stepMs } = timeline;
  const [first, last] = [Math.ceil(fromMs / stepMs) * stepMs, Math.floor(toMs / stepMs) * stepMs];
  for (let startMs = first; startMs + SECOND_MS <= last; startMs += stepMs) {
    const reached = rateBetween(timeline, 'answered', startMs, startMs + SECOND_MS) >= rate;
    if (reached && rateBetween(timeline, 'answered', startMs, last) >= rate)
      return startMs + SECOND_MS - fromMs;
  }
  return undefined;
}
