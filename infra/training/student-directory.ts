import type { StudentChoice } from '../../core/job-body';
import { nearestName } from '../../core/nearest-name';
import { Problem } from '../../core/problem';
import type { StudentFacts, StudentTask } from '../../core/students/student';
import type { Config } from '../config';
import { LINEAR } from '../config-file';

/** A student as the configuration knows it: never a command, a path or a key. */
export interface ConfiguredStudent {
  readonly name: string;
  readonly kind: StudentFacts['kind'];
  /** What it can learn to predict. */
  readonly tasks: readonly StudentTask['kind'][];
  /** Base models that a job may name; none: it takes no base. */
  readonly bases: readonly string[];
}

export interface StudentDirectory {
  /** @throws Problem `student-unfit`: the name or its base is not configured */
  facts(choice: StudentChoice): StudentFacts;
  list(): readonly ConfiguredStudent[];
}

const EVERY_TASK = ['text', 'pair', 'extractive-qa'] as const;
/** What each kind can learn to predict. */
const TASKS: Readonly<Record<StudentFacts['kind'], readonly StudentTask['kind'][]>> = {
  linear: EVERY_TASK,
  process: EVERY_TASK,
  'onnx-gpt': [],
  'openai-finetune': ['text', 'pair'],
};

/** The configured students; `linear` is always among them. */
export function openStudents({ students }: Pick<Config, 'students'>): StudentDirectory {
  const all: readonly ConfiguredStudent[] = [
    { name: LINEAR, kind: 'linear', tasks: TASKS.linear, bases: [] },
    ...Object.entries(students).map(([name, { kind, bases }]) => ({ name, kind, tasks: TASKS[kind], bases })),
  ];
  return {
    list: () => all,
    facts: ({ name, base }) => {
      const found = all.find((student) => student.name === name);
      if (found === undefined) throw unknown(name, all);
      if (base !== undefined && !found.bases.includes(base)) throw unknownBase(found, base);
      // A service that fine-tunes has nothing to begin with but a base: one that is alone is meant.
      const only = found.kind === 'openai-finetune' && found.bases.length === 1 ? found.bases[0] : undefined;
      const meant = base ?? only;
      return { name, kind: found.kind, ...(meant === undefined ? {} : { base: meant }) };
    },
  };
}

/** @throws Problem `student-unfit` where a student cannot learn what it is asked to. */
export function refuseUnfit(
  directory: Pick<StudentDirectory, 'list'>,
  { name }: StudentFacts,
  tasks: readonly StudentTask['kind'][],
  at?: string,
): void {
  const can = directory.list().find((student) => student.name === name)?.tasks ?? [];
  if (tasks.some((task) => can.includes(task))) return;
  const fit = directory.list().filter((one) => tasks.some((task) => one.tasks.includes(task)));
  throw new Problem(
    'student-unfit',
    `Student "${name}" cannot do ${tasks.join(', ')}. Configured students that can: ${fit.map((one) => one.name).join(', ')}.`,
    at,
  );
}

function unknown(name: string, all: readonly ConfiguredStudent[]): Problem {
  const names = all.map((student) => student.name);
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${nearest}"?`;
  return new Problem(
    'student-unfit',
    `expected a configured student, got "${name}". ${hint} Students are named in perennial.config.yaml.`,
  );
}

function unknownBase({ name, bases }: ConfiguredStudent, base: string): Problem {
  const expected = bases.length === 0 ? 'no base' : `one of ${bases.join(', ')}`;
  return new Problem(
    'student-unfit',
    `Student "${name}": expected ${expected} as its base, got "${base}". Bases are listed in perennial.config.yaml.`,
  );
}
