/** Moments to kill a process at: each in the midst of a stage that an undisturbed run of the same job had. */
import type { Client } from '@temporalio/client';
import type { Random } from '../../core/random';
import { openRows } from '../../core/story/vocabulary';
import type { Database } from '../../infra/database/open-database';
import { countsOf, listStages, type StageRow } from '../../infra/database/stages';
import type { TestStack } from './test-stack';
import { until } from './until';

const TENANT = 'default';
const ORCHESTRATOR_PERCENT = 25;
/** It is back at work at once: killed more often within a minute, the supervisor gives it up. */
const ORCHESTRATOR_KILLS_MAX = 4;
const DRAWS_MAX = 1_000;
/** Temporal's number for a pending activity that a worker has taken. */
const STARTED = 2;
/** Who does the stages of a kind, and with which activities. */
const WORKERS = {
  rows: { victim: 'generator', activities: ['generateBatch'] },
  transform: { victim: 'transformer', activities: ['transformStage', 'publishDataset'] },
  train: { victim: 'trainer', activities: ['trainStudent'] },
  evaluate: { victim: 'trainer', activities: ['evaluateStudent'] },
} as const satisfies Record<StageRow['kind'], { victim: string; activities: readonly string[] }>;

export interface StageSeen {
  readonly stage: string;
  readonly kind: StageRow['kind'];
  readonly planned: number;
}

export interface Moment {
  readonly stage: StageSeen;
  /** The stage before it; none for the first. */
  readonly after: string | undefined;
  readonly victim: string;
  /** Of a stage of rows, how many have ended by then. */
  readonly rows: number;
}

/** The stages of a finished job that had work, in the order in which they began. */
export async function stagesSeen(db: Database, job: string): Promise<StageSeen[]> {
  const seen = new Map<string, StageSeen>();
  for (const { stage, kind, planned } of await listStages(db, TENANT, job)) {
    const before = seen.get(stage)?.planned ?? 0;
    seen.set(stage, { stage, kind, planned: before + planned });
  }
  return [...seen.values()].filter(({ kind, planned }) => planned > 0 || kind === 'transform');
}

/** In the order in which they come; drawn again until each kind of process is among the victims. */
export function drawMoments(stages: readonly StageSeen[], count: number, random: Random): Moment[] {
  const kinds = 1 + new Set(Object.values(WORKERS).map(({ victim }) => victim)).size;
  for (let draw = 0; draw < DRAWS_MAX; draw += 1) {
    const moments = drawOnce(stages, count, random);
    if (new Set(moments.map(({ victim }) => victim)).size === kinds) return moments;
  }
  throw new Error(`expected stages for ${kinds} kinds of processes, got ${JSON.stringify(stages)}`);
}

function drawOnce(stages: readonly StageSeen[], count: number, random: Random): Moment[] {
  const places = stages.map((_, place) => place);
  const drawn = Array.from({ length: count }, () => places.splice(random.integer(places.length), 1)[0]!);
  let orchestrators = 0;
  return drawn
    .sort((a, b) => a - b)
    .map((place): Moment => {
      const stage = stages[place]!;
      const orchestrator =
        random.integer(100) < ORCHESTRATOR_PERCENT && orchestrators < ORCHESTRATOR_KILLS_MAX;
      if (orchestrator) orchestrators += 1;
      return {
        stage,
        after: stages[place - 1]?.stage,
        victim: orchestrator ? 'orchestrator' : WORKERS[stage.kind].victim,
        rows: stage.kind === 'rows' ? random.integer(stage.planned) : 0,
      };
    });
}

/** True once the stage is at work as far as the moment wants it, or over: then the next best moment is now. */
export async function hasCome(
  { db, client, job }: { readonly db: Database; readonly client: Client; readonly job: string },
  { stage, after, rows }: Moment,
): Promise<boolean> {
  const all = await listStages(db, TENANT, job);
  const own = all.filter((row) => row.stage === stage.stage);
  if (own.length > 0 && own.every(({ state }) => state === 'finished')) return true;
  if (after !== undefined && !all.some((row) => row.stage === after && row.state === 'finished'))
    return false;
  const ended = own.map(countsOf).reduce((sum, counts) => sum + counts.planned - openRows(counts), 0);
  if (stage.kind === 'rows' && ended < rows) return false;
  return isAtWork(client, job, stage);
}

async function isAtWork(client: Client, job: string, { stage, kind }: StageSeen): Promise<boolean> {
  const names: readonly string[] = WORKERS[kind].activities;
  for (const workflowId of [job, `${job}/${stage}`]) {
    const described = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => undefined); // the child may not have begun
    const pending = described?.raw.pendingActivities ?? [];
    const isOne = ({ activityType, state }: (typeof pending)[number]): boolean =>
      names.includes(activityType?.name ?? '') && Number(state) === STARTED;
    if (pending.some(isOne)) return true;
  }
  return false;
}

/** One that was killed a moment ago is killed again when it is back. */
export async function killRunning(stack: TestStack, victim: string): Promise<void> {
  const killed = (): true | undefined => {
    try {
      stack.kill(victim);
      return true;
    } catch {
      return undefined;
    }
  };
  await until(killed, { what: `${victim} to be running` });
}
