import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 2_000;
const QUIET_SHARE_MAX = 0.1;
const WAIT_MAX_MS = 60_000;

/** Waits until the suite before has cooled down, or gives up. @returns the share of the cores that others use */
export async function quietMachine(say, waitMaxMs = WAIT_MAX_MS) {
  const end = performance.now() + waitMaxMs;
  for (let told = false; ;) {
    const before = ticks();
    await delay(LOOK_MS);
    const after = ticks();
    const busyShare = (after.busy - before.busy) / (after.all - before.all);
    if (busyShare <= QUIET_SHARE_MAX || performance.now() > end)
      return { busyShare: Number(busyShare.toFixed(2)) };
    if (!told) say(`waiting for a quiet machine: ${(100 * busyShare).toFixed(0)} % of its cores are busy`);
    told = true;
  }
}

function ticks() {
  const times = os.cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { all, busy: all - times.reduce((sum, { idle }) => sum + idle, 0) };
}
