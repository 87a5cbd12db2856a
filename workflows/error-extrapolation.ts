import {
  type ArmOfReplicate,
  DISCARD_ROUND,
  type ErrorExtrapolationFacts,
  type MineFacts,
  PUBLISH,
  replicatesOf,
  Rounds,
} from '../core/strategies/error-extrapolation/story';
import type { JobRef, JobSummary } from '../core/story/ports';
import { openRun, type Run } from './run-control';

type StoryRun = Run<ErrorExtrapolationFacts>;

/** Synthesis Step by Step (arXiv 2310.13671); deviations in core/strategies/error-extrapolation/index.ts. */
export async function errorExtrapolation({ jobId }: JobRef): Promise<JobSummary> {
  const run = await openRun<ErrorExtrapolationFacts>(jobId);
  await run.stage('prepare'); // splits; the comparisons are fixed here
  await run.generate('main/reasons');
  await run.generate('preflight'); // its previews are the first seed rows
  for (const { main, arms } of replicatesOf(run.facts)) {
    const rounds = await loop(run, main);
    for (const arm of rounds.last < 0 ? [] : arms) await loop(run, arm, rounds);
  }
  const trained = await run.train('train-final'); // what the comparisons still lack
  if (trained.choice !== PUBLISH) await run.evaluate('test'); // the only look at the test rows
  await run.generate('test-teacher');
  await run.stage('assemble');
  return run.publish();
}

/** Seed, train, find errors, imitate them, train again; a matched arm follows the rounds of main. */
async function loop(run: StoryRun, arm: ArmOfReplicate, main?: Rounds): Promise<Rounds> {
  const rounds = new Rounds(arm.arm, main);
  await run.generate(`${arm.prefix}reasons`);
  while (!rounds.done) {
    const q = rounds.next;
    if (q > 0) await choose(run, arm, q);
    if ((await write(run, arm, q)) === PUBLISH) return rounds;
    const trained = await run.train(`${arm.prefix}train-${q}`); // fresh students, one a seed
    if (trained.choice === PUBLISH) return rounds;
    const mined = await run.evaluate(`${arm.prefix}mine-${q}`);
    rounds.add(mined.facts as MineFacts);
  }
  return rounds;
}

/** Which rows are imitated, and what they have in common. */
async function choose(run: StoryRun, { prefix }: ArmOfReplicate, q: number): Promise<void> {
  await run.generate(`${prefix}embed-${q}`);
  await run.stage(`${prefix}pick-${q}`);
  await run.generate(`${prefix}describe-${q}`);
}

/** New rows, and what sifting and the gate leave of them. */
async function write(run: StoryRun, { prefix }: ArmOfReplicate, q: number): Promise<string | undefined> {
  if (q === 0) {
    for (let plan = 0; plan <= run.facts.topUpWavesMax; plan += 1) {
      if ((await run.generate(`${prefix}seed`, plan)).planned === 0) break; // enough was accepted
      await run.generate(`${prefix}sift-0`, plan);
    }
  } else {
    const { choice } = await run.generate(`${prefix}extrapolate-${q}`);
    if (choice === PUBLISH || choice === DISCARD_ROUND) return choice; // its rows stay where they are
    await run.generate(`${prefix}sift-${q}`);
  }
  return (await run.stage(`${prefix}gate-${q}`)).choice;
}
