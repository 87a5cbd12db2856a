/** Loaded before the mock endpoint: its counters also remember when the first and the last answer went out. */
import { createRequire } from 'node:module';
import { compiled } from './root.mjs';

const { MockCounters } = createRequire(import.meta.url)(compiled('infra/models/scripted/mock-counters.js'));
const { answer, stats, reset } = MockCounters.prototype;
let first = 0;
let last = 0;

MockCounters.prototype.answer = function (hash) {
  last = performance.now();
  first ||= last;
  answer.call(this, hash);
};
MockCounters.prototype.stats = function (withBodies) {
  return { ...stats.call(this, withBodies), answeringMs: last - first };
};
MockCounters.prototype.reset = function () {
  first = last = 0;
  reset.call(this);
};
