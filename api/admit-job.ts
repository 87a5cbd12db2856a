/** Every check of a job that costs nothing. What passes here may still block later, but it never starts wrong. */
import type { FrozenJob, JobBody } from '../core/job-body';
import { Problem } from '../core/problem';
import { JOB_CONCURRENCY_DEFAULT } from '../core/story/limits';
import type { InputSize, Strategy } from '../core/strategy';
import { admitInputs, type Inputs } from './admit-inputs';
import { admitModels } from './admit-models';
import { admitSettings, type Settings } from './admit-settings';
import { admitStudents } from './admit-students';
import { atBatchPrices } from './batch-prices';
import type { ApiContext } from './context';
import { type Estimate, estimateJob } from './estimate';
import { budgetFault } from './estimate-budget';
import { findStrategy } from './strategies';

const FAULTS_SHOWN_MAX = 5;

export interface Admission extends Settings {
  readonly strategy: Strategy;
  readonly inputs: Inputs;
  readonly sizes: Readonly<Record<string, InputSize>>;
  readonly estimate: Estimate;
  readonly concurrency: number;
  /** The job as it will be stored; inline rows become files with this call. */
  freeze(): Promise<FrozenJob>;
}

/** @throws Problem for the first fault, in the order strategy, parameters, models, students, inputs, their content, budget. */
export async function admitJob(
  context: ApiContext,
  body: JobBody,
  checks: { readonly budget: boolean },
): Promise<Admission> {
  const strategy = findStrategy(context.strategies, body.strategy);
  const { params, prompts } = admitSettings(strategy, body);
  const models = admitModels(strategy, body.models, context.models, body.mode);
  const students = admitStudents(strategy, body.students, context.students, params);
  const inputs = await admitInputs(context, strategy, body.inputs);
  const sizes = await inputs.measure();
  const headOnly = Object.values(sizes).some((size) => !size.complete);
  refuse(await strategy.check({ params, models, read: { input: inputs.read }, headOnly }));
  const priced = body.mode === 'batch' ? atBatchPrices(models) : models;
  const estimate = estimateJob({ strategy, params, sizes, models: priced });
  const over = budgetFault(estimate, body.budget, models);
  if (over && checks.budget) throw over;
  return {
    ...{ strategy, params, prompts, inputs, sizes },
    estimate: over ? withNote(estimate, `With its budget the job is refused: ${over.message}`) : estimate,
    concurrency: body.concurrency ?? JOB_CONCURRENCY_DEFAULT,
    async freeze() {
      return {
        strategy: strategy.name,
        strategyVersion: strategy.version,
        ...(body.preset === undefined ? {} : { preset: body.preset }),
        params,
        prompts,
        inputs: await inputs.keep(),
        models: Object.fromEntries(Object.entries(models).map(([role, { name }]) => [role, name])),
        ...(Object.keys(students).length === 0 ? {} : { students }),
        seed: body.seed,
        ...(body.budget === undefined ? {} : { budget: body.budget }),
        estimate: { calls: estimate.calls, ...(estimate.costUsd ? { costUsd: estimate.costUsd } : {}) },
        tags: body.tags ?? {},
        ...(body.mode === 'online' ? {} : { mode: body.mode }),
      };
    },
  };
}

const withNote = (estimate: Estimate, note: string): Estimate => ({
  ...estimate,
  notes: [...estimate.notes, note],
});

/** The first fault decides code and place; the message names the next ones too, so that one try shows them all. */
function refuse(faults: readonly Problem[]): void {
  const [first] = faults;
  if (!first) return;
  // It says what it needs, and its lines and count would be lost in another.
  if (first.lines !== undefined) throw first;
  const lines = faults
    .slice(0, FAULTS_SHOWN_MAX)
    .map(({ at, message }) => (at === undefined || message.includes(at) ? message : `${at}: ${message}`));
  const more = faults.length > FAULTS_SHOWN_MAX ? ` And ${faults.length - FAULTS_SHOWN_MAX} more.` : '';
  throw new Problem(first.code, lines.join(' ') + more, first.at);
}
