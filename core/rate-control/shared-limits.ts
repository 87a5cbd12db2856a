/**
 * What all workers know of one provider, and each worker's share of it. A worker reports what it sent and is granted
 * slots and a rate until its next report; a worker that is silent loses its share to the others.
 */
import { advancePace, openPace, type Pace } from './pace';
import { advanceRamp, followRate, type Ramp, startRamp } from './ramp';

/** What a configuration allows at most; absent: learned. */
export interface Ceilings {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly concurrencyMax?: number;
}

/** One worker's last moments with one model. */
export interface Report {
  readonly model: string;
  readonly sent: number;
  readonly limited: number;
  readonly answered: number;
  /** Calls under way and calls that wait to go. */
  readonly wanted: number;
  /** The provider asked to be left alone for so long; 0 where it did not. */
  readonly gateMs: number;
}

/** What a worker may do with one model until its next report. */
export interface Grant {
  readonly model: string;
  readonly slots: number;
  /** Calls a second; null: as many as the slots take. */
  readonly perSecond: number | null;
  readonly tokensPerSecond: number | null;
  /** This worker's part of the model's calls, 0 to 1: its part also of what a header says is left. */
  readonly share: number;
  readonly gateMs: number;
}

interface ModelLimits {
  readonly pace: Pace;
  readonly ramp: Ramp;
  readonly gateUntilMs: number;
}
interface WorkerLimits {
  readonly seenAtMs: number;
  readonly ceilings: Ceilings;
  readonly wanted: Readonly<Record<string, number>>;
}
export interface SharedLimits {
  readonly models: Readonly<Record<string, ModelLimits>>;
  readonly workers: Readonly<Record<string, WorkerLimits>>;
}

/** A worker that has not reported for this long is gone, or has nothing to send. */
export const WORKER_SILENT_MS = 3_000;
/** What was learned is a start, not a truth, when it is older than this: the slots are found anew. */
const REMEMBERED_MS = 3_600_000;

export interface Exchange {
  readonly state: SharedLimits;
  readonly grants: readonly Grant[];
  /** Set where live workers have different ceilings for this provider: the strictest are in force. */
  readonly disagreement?: string;
}

export function exchangeLimits(
  before: SharedLimits | undefined,
  worker: string,
  ceilings: Ceilings,
  reports: readonly Report[],
  nowMs: number,
): Exchange {
  const models: Record<string, ModelLimits> = { ...before?.models };
  const workers = liveWorkers(before, nowMs);
  workers[worker] = {
    seenAtMs: nowMs,
    ceilings,
    wanted: Object.fromEntries(reports.map(({ model, wanted }) => [model, wanted])),
  };
  for (const report of reports) {
    const wanted = wantedOf(workers, report.model);
    models[report.model] = advance(models[report.model], report, wanted, nowMs);
  }
  const strictest = strictestOf(Object.values(workers).map((one) => one.ceilings));
  const grants = reports.map((report) => grantOf(models[report.model]!, report, workers, strictest, nowMs));
  const disagreement = disagreementOf(
    Object.values(workers).map((one) => one.ceilings),
    strictest,
  );
  return { state: { models, workers }, grants, ...(disagreement === undefined ? {} : { disagreement }) };
}

function liveWorkers(state: SharedLimits | undefined, nowMs: number): Record<string, WorkerLimits> {
  const all = Object.entries(state?.workers ?? {});
  return Object.fromEntries(all.filter(([, { seenAtMs }]) => Math.abs(nowMs - seenAtMs) < WORKER_SILENT_MS));
}

function advance(known: ModelLimits | undefined, report: Report, wanted: number, nowMs: number): ModelLimits {
  const pace = known?.pace ?? openPace(nowMs);
  const lastMs = pace.recent.at(-1)?.atMs ?? nowMs;
  const ramp = known && Math.abs(nowMs - lastMs) < REMEMBERED_MS ? known.ramp : startRamp(nowMs);
  return {
    pace: advancePace(pace, report, nowMs),
    ramp:
      pace.phase === 'open'
        ? advanceRamp(ramp, report.answered, wanted, nowMs)
        : followRate(ramp, report.answered, wanted),
    // A good answer to anybody opens it for all.
    gateUntilMs:
      report.gateMs > 0 ? nowMs + report.gateMs : report.answered > 0 ? 0 : (known?.gateUntilMs ?? 0),
  };
}

function grantOf(
  { pace, ramp, gateUntilMs }: ModelLimits,
  report: Report,
  workers: Readonly<Record<string, WorkerLimits>>,
  ceilings: Ceilings,
  nowMs: number,
): Grant {
  const mine = Math.max(1, report.wanted);
  const ofModel = mine / Math.max(mine, wantedOf(workers, report.model));
  const ofAll = mine / Math.max(mine, wantedOf(workers));
  const slots = Math.min(ramp.slots * ofModel, (ceilings.concurrencyMax ?? Infinity) * ofAll);
  const rates = [
    ...(pace.perSecond === null ? [] : [pace.perSecond * ofModel]),
    ...(ceilings.requestsPerMinute === undefined ? [] : [(ceilings.requestsPerMinute / 60) * ofAll]),
  ];
  return {
    model: report.model,
    slots: Math.max(1, Math.floor(slots)),
    perSecond: rates.length === 0 ? null : Math.min(...rates),
    tokensPerSecond: ceilings.tokensPerMinute === undefined ? null : (ceilings.tokensPerMinute / 60) * ofAll,
    share: ofModel,
    gateMs: Math.max(0, gateUntilMs - nowMs),
  };
}

/** Of one model, or of all. */
function wantedOf(workers: Readonly<Record<string, WorkerLimits>>, model?: string): number {
  let sum = 0;
  for (const { wanted } of Object.values(workers)) {
    for (const [name, count] of Object.entries(wanted))
      if (model === undefined || name === model) sum += Math.max(1, count);
  }
  return sum;
}

const CEILINGS = ['requestsPerMinute', 'tokensPerMinute', 'concurrencyMax'] as const;

function strictestOf(all: readonly Ceilings[]): Ceilings {
  const strictest: { -readonly [K in keyof Ceilings]: Ceilings[K] } = {};
  for (const name of CEILINGS) {
    const values = all.flatMap((one) => one[name] ?? []);
    if (values.length > 0) strictest[name] = Math.min(...values);
  }
  return strictest;
}

function disagreementOf(all: readonly Ceilings[], strictest: Ceilings): string | undefined {
  const names = CEILINGS.filter((name) => all.some((one) => one[name] !== strictest[name]));
  if (names.length === 0) return undefined;
  const parts = names.map((name) => `limits.${name} ${strictest[name]}`);
  return `workers are configured differently for this provider; the strictest is in force: ${parts.join(', ')}`;
}
