/** The parameters that an arm works with. */
import type { ErrorExtrapolationParams } from './params';
import { errorExtrapolationParamsSchema, errorExtrapolationPresets } from './params';

/** Mine rows that each prompt of `few-shot` shows. */
const FEW_SHOT_EXAMPLES = 5;

/** What `faithful` shares with the job, so that the two differ in the method alone. */
const SHARED = [
  'task',
  'arms',
  'goldSplit',
  'metric',
  'seedPerLabel',
  'studentSeeds',
  'replicates',
  'student',
] as const;

/** Rows are stepped by the million: an arm's parameters are put together once. */
const faithfulOf = new WeakMap<ErrorExtrapolationParams, ErrorExtrapolationParams>();

export function paramsOfArm(params: ErrorExtrapolationParams, arm: string): ErrorExtrapolationParams {
  if (arm === 'few-shot') return { ...params, examplesPerPrompt: FEW_SHOT_EXAMPLES };
  if (arm !== 'faithful') return params;
  const known = faithfulOf.get(params);
  if (known !== undefined) return known;
  const shared = SHARED.map((name) => [name, params[name]] as const);
  const faithful = errorExtrapolationParamsSchema.parse({
    ...params,
    ...errorExtrapolationPresets['paper'],
    ...Object.fromEntries(shared),
  });
  faithfulOf.set(params, faithful);
  return faithful;
}
