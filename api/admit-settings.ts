import { z } from 'zod';
import type { JobBody } from '../core/job-body';
import { Problem } from '../core/problem';
import type { Strategy } from '../core/strategy';
import { slotsOf } from '../core/template';
import { problemOf, shown, unknownName } from './zod-problem';

export interface Settings {
  /** Parsed, with defaults and without `prompts`. */
  readonly params: unknown;
  /** Template overrides by id. */
  readonly prompts: Readonly<Record<string, string>>;
}

/**
 * The preset under the user's values, parsed strictly; `params.prompts.<id>` apart.
 * @throws Problem `params-invalid`
 */
export function admitSettings(strategy: Strategy, body: JobBody): Settings {
  const { prompts: promptsGiven, ...given } = body.params ?? {};
  const merged = { ...presetOf(strategy, body.preset), ...given };
  const parsed = strategy.params.safeParse(merged);
  if (!parsed.success) throw problemOf(parsed.error, strategy.params, merged, 'params');
  return { params: parsed.data, prompts: admitPrompts(strategy, promptsGiven) };
}

function presetOf(strategy: Strategy, name: string | undefined): Readonly<Record<string, unknown>> {
  if (name === undefined) return {};
  const preset = Object.hasOwn(strategy.presets, name) ? strategy.presets[name] : undefined;
  if (preset) return preset;
  throw new Problem(
    'params-invalid',
    `preset: ${unknownName(name, Object.keys(strategy.presets))}`,
    'preset',
  );
}

function admitPrompts(strategy: Strategy, given: unknown): Readonly<Record<string, string>> {
  if (given === undefined) return {};
  const parsed = z.record(z.string(), z.string()).safeParse(given);
  if (!parsed.success)
    throw problemOf(parsed.error, z.record(z.string(), z.string()), given, 'params.prompts');
  for (const [id, template] of Object.entries(parsed.data)) checkPrompt(strategy, id, template);
  const [fault] = strategy.checkPrompts?.(parsed.data) ?? [];
  if (fault) throw fault;
  return parsed.data;
}

/** An override must ask for the same slots: a forgotten one would send every row the same request. */
function checkPrompt(strategy: Strategy, id: string, template: string): void {
  const at = `params.prompts.${id}`;
  const original = Object.hasOwn(strategy.prompts, id) ? strategy.prompts[id] : undefined;
  if (original === undefined) {
    throw new Problem('params-invalid', `${at}: ${unknownName(id, Object.keys(strategy.prompts))}`, at);
  }
  if (template.trim() === '')
    throw new Problem('params-invalid', `${at}: expected a template, got ${shown(template)}.`, at);
  if (strategy.checkPrompts) return;
  const wanted = slotsOf(original).sort();
  const found = slotsFound(template, at);
  if (wanted.length === 0 || wanted.join() === found.join()) return;
  const list = (slots: readonly string[]): string => slots.join(', ') || 'none';
  throw new Problem(
    'params-invalid',
    `${at}: expected a template with the slots ${list(wanted)}, got the slots ${list(found)}.`,
    at,
  );
}

function slotsFound(template: string, at: string): string[] {
  try {
    return slotsOf(template).sort();
  } catch (error) {
    throw error instanceof Problem ? new Problem(error.code, `${at}: ${error.message}`, at) : error;
  }
}
