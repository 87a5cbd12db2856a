import { Command, InvalidArgumentError } from 'commander';
import { budgetOf, type BudgetOptions, wholeNumber, withBudget } from './budget-options';
import type { Terminal } from './terminal';

type Named = Readonly<Record<string, string>>;

interface ForkOptions extends BudgetOptions {
  readonly preset?: string;
  readonly params?: object;
  readonly model: Named;
  readonly student: Named;
  readonly tag: Named;
  readonly seed?: number;
  readonly concurrency?: number;
  readonly json?: boolean;
}

export function forkCommand(terminal: Terminal): Command {
  const command = new Command('fork').description(
    'starts a new job from this one with some things changed; finished calls are reused',
  );
  return withBudget(command)
    .argument('<job>', 'its id')
    .option('--params <json>', 'values that go over the old ones, name by name; null takes one away', object)
    .option('--preset <preset>', 'its values go over the old ones')
    .option('--model <role=provider/model>', 'another model for a role; may be repeated', named, {})
    .option('--student <role=name[:base]>', 'another student for a role; may be repeated', named, {})
    .option('--tag <name=value>', 'another tag; may be repeated', named, {})
    .option('--seed <n>', 'another seed: all draws are new', seed)
    .option('--concurrency <n>', 'calls in flight', wholeNumber)
    .option('--json', 'the new job as one line of JSON')
    .action(async (id: string, options: ForkOptions) => {
      const job = await terminal.client().fork(id, changeOf(options));
      if (options.json) terminal.out(JSON.stringify(job));
      else terminal.out(`${job.id} started from ${id}. Watch it: perennial watch ${job.id}`);
    });
}

function changeOf(options: ForkOptions) {
  const { preset, params, model, student, tag, seed: newSeed, concurrency } = options;
  const filled = (values: object): boolean => Object.keys(values).length > 0;
  return {
    ...(preset === undefined ? {} : { preset }),
    ...(params === undefined ? {} : { params }),
    ...(filled(model) ? { models: model } : {}),
    ...(filled(student) ? { students: studentsOf(student) } : {}),
    ...(filled(tag) ? { tags: tag } : {}),
    ...(newSeed === undefined ? {} : { seed: newSeed }),
    ...budgetOf(options),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

/** `bert:distilbert-base-uncased` names a student and its base. */
function studentsOf(named: Named): Record<string, { name: string; base?: string }> {
  const choices = Object.entries(named).map(([role, text]) => {
    const [name = '', ...base] = text.split(':');
    return [role, { name, ...(base.length === 0 ? {} : { base: base.join(':') }) }] as const;
  });
  return Object.fromEntries(choices);
}

function object(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw new InvalidArgumentError(`Expected a JSON object like '{"samples":3}'.`);
}

function named(text: string, before: Named): Named {
  const at = text.indexOf('=');
  if (at > 0 && at < text.length - 1) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError('Expected name=value.');
}

function seed(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}
