import { Problem } from '../../problem';
import type { CheckContext } from '../../strategy';
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
    const message = item.error ?? rowFault(item.value, slots);
    if (message === undefined) continue;
    const at = `${item.file}:${item.line}`;
    problems.push(new Problem('rows-invalid', `${at}: ${message}`, at));
    if (problems.length >= PROBLEMS_MAX) break;
  }
  if (rows === 0)
    problems.push(new Problem('rows-invalid', 'rows: expected at least one row, got none', 'rows'));
  return problems;
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
  const fields = Object.keys(row).join(', ');
  return `expected a field "${missing}", which the template names, got ${fields === '' ? 'no fields' : `the fields ${fields}`}. Add the field or change the template.`;
}
