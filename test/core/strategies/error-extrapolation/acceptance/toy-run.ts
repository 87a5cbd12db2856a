/** Runs a job on a toy to its end, and reads numbers off it. */
import { hashJson } from '../../../../../core/hash';
import type { MinedError } from '../../../../../core/strategies/error-extrapolation/records';
import type { TextToy } from '../../../../support/toys/text-toy';
import { expectHonest } from './expect-honest';
import { runStory } from './run-story';
import type { StoryOptions, StoryRun } from './story-run';
import { toyJob } from './toy-job';
import type { ToyJob } from './toy-job';

/** Training is what takes time here, on a busy machine a minute. */
export const LONG_MS = 300_000;

export interface Compared {
  readonly id: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly matched: boolean;
  readonly replicates: number;
}

/** The run of a job that nothing blocks; what must hold of every run is looked at. */
export async function runToy(options: StoryOptions): Promise<StoryRun> {
  const { run, blocked } = await runStory(options);
  expect(blocked).toBeUndefined();
  expectHonest(run);
  return run;
}

export function runText(toy: TextToy, job: ToyJob): Promise<StoryRun> {
  return runToy(toyJob(toy, { judge: judgeOf(toy), ...job }));
}

/** A judge that knows every cue. */
export function judgeOf(toy: TextToy): (prompt: string) => string {
  return (prompt) => toy.trueLabel(/Which label fits <<<([\s\S]*?)>>>/u.exec(prompt)![1]!);
}

export const comparisonsOf = (run: StoryRun): readonly Compared[] =>
  run.stages['test']!.facts['comparisons'] as unknown as Compared[];

export const comparisonOf = (run: StoryRun, id: string): Compared =>
  comparisonsOf(run).find((one) => one.id === id)!;

export const scoreOf = (run: StoryRun, round: number): number =>
  run.stages[`main/mine-${round}`]!.facts['score'] as number;

export const callsOf = (run: StoryRun): number =>
  Object.values(run.stages).reduce((sum, { calls }) => sum + calls.length, 0);

/** Calls that the ledger would pay: equal requests with equal draws are one. */
export function paidBy(run: StoryRun, stages: (name: string) => boolean): Set<string> {
  const calls = Object.entries(run.stages).filter(([name]) => stages(name));
  return new Set(calls.flatMap(([, stage]) => stage.calls.map((one) => hashJson([one.request, one.draw]))));
}

export function errorsOf(run: StoryRun, round: number): MinedError[] {
  return (run.stages[`main/mine-${round}`]!.collections.get('errors') ?? []) as unknown as MinedError[];
}

export const acceptedBy = (run: StoryRun, stage: string) =>
  (run.stages[stage]?.rows ?? []).filter(({ state }) => state === 'accepted');
