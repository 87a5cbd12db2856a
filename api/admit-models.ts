import { CAPABILITIES } from '../core/calls';
import type { JobBody } from '../core/job-body';
import { Problem } from '../core/problem';
import type { Strategy } from '../core/strategy';
import type { ConfiguredModel, ModelDirectory } from './context';
import { unknownName } from './zod-problem';

const NAMES_SHOWN_MAX = 20;

/**
 * The job's models by role, in the strategy's order. No model is ever assumed: what a job costs hangs on it.
 * @throws Problem `params-invalid`, `model-unknown`, `model-unfit`
 */
export function admitModels(
  strategy: Strategy,
  given: JobBody['models'],
  directory: ModelDirectory,
  mode: JobBody['mode'] = 'online',
): Readonly<Record<string, ConfiguredModel>> {
  const roles = Object.keys(strategy.models);
  for (const role of Object.keys(given)) {
    if (!roles.includes(role))
      throw new Problem('params-invalid', `models.${role}: ${unknownName(role, roles)}`, `models.${role}`);
  }
  const found: Record<string, ConfiguredModel> = {};
  for (const [role, { required, capability, description }] of Object.entries(strategy.models)) {
    const at = `models.${role}`;
    const name = Object.hasOwn(given, role) ? given[role] : undefined;
    if (name === undefined) {
      if (!required) continue;
      throw new Problem(
        'params-invalid',
        `${at}: expected "provider/model" (${description}), got nothing. ${configured(directory, capability)}`,
        at,
      );
    }
    const model = findModel(directory, name, at);
    if (!model.capabilities.includes(capability)) throw unfit(at, model, capability, directory);
    if (mode === 'batch' && !model.capabilities.includes('batch')) throw unfit(at, model, 'batch', directory);
    found[role] = model;
  }
  return found;
}

function findModel(directory: ModelDirectory, name: string, at: string): ConfiguredModel {
  try {
    return directory.find(name);
  } catch (error) {
    if (error instanceof Problem) throw new Problem(error.code, `${at}: ${error.message}`, at);
    throw error;
  }
}

function unfit(at: string, model: ConfiguredModel, capability: string, directory: ModelDirectory): Problem {
  const has = CAPABILITIES.filter((known) => model.capabilities.includes(known)).join(', ') || 'none';
  return new Problem(
    'model-unfit',
    `${at}: expected a model with capability ${capability}, got ${model.name}, which has ${has}. ${configured(directory, capability)}`,
    at,
  );
}

function configured(directory: ModelDirectory, capability: string): string {
  const fit = directory
    .list()
    .filter((model) => (model.capabilities as readonly string[]).includes(capability));
  const names = [...fit.map((model) => model.name), ...directory.open].slice(0, NAMES_SHOWN_MAX);
  return names.length === 0
    ? 'No configured model has it; add one to perennial.config.yaml.'
    : `Configured: ${names.join(', ')}.`;
}
