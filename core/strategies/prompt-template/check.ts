import { Problem } from '../../problem';
import type { CheckContext, InputItem } from '../../strategy';
import { slotsOf } from '../../template';
import type { PromptTemplateParams } from './params';

/** More of the same kind tell nothing new. */
const PROBLEMS_MAX = 5;

/** Every row must be an object that has every field the template names. */
export async function check({ params, read }: CheckContext<PromptTemplateParams>): Promise<Problem[]> {
  const slots = slotsOf(params.template);
  const problems: Problem[] = [];
  let rows = 0;
  for await (const item of read.input('rows')) {
    rows += 1;
    const problem = itemProblem(item, slots);
    if (problem === undefined) continue;
    problems.push(problem);
    if (problems.length >= PROBLEMS_MAX) break;
  }
  if (rows === 0)
    problems.push(new Problem('rows-invalid', 'rows: expected at least one row, got none', 'rows'));
  return problems;
}

/** Why an item cannot be a row; the request for a job is checked by it, and every row again when it is planned. */
export function itemProblem(item: InputItem, slots: readonly string[]): Problem | undefined {
  const message = item.error ?? rowFault(item.value, slots);
  if (message === undefined) return undefined;
  const at = `${item.file}:${item.line}`;
  return new Problem('rows-invalid', `${at}: ${message}`, at);
}

function rowFault(value: unknown, slots: readonly string[]): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
    return `expected an object with named fields, got ${got}`;
  }
  const row = value as Readonly<Record<string, unknown>>;
  const missing = slots.find(
    (slot) => !Object.hasOwn(row, slot) || row[slot] === undefined || row[slot] === null,
  );
  if (missing === undefined) return undefined;
  if (Object.hasOwn(row, missing))
    return `expected a value in the field "${missing}", which the template names, got null. Fill it in or leave the row out.`;
  const fields = Object.keys(row).join(', ');
  return `expected a field "${missing}", which the template names, got ${fields === '' ? 'no fields' : `the fields ${fields}`}. Add the field or change the template.`;
}
