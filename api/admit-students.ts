import type { JobBody, StudentChoice } from '../core/job-body';
import { Problem } from '../core/problem';
import type { Strategy } from '../core/strategy';
import { refuseUnfit, type StudentDirectory } from '../infra/training/student-directory';
import { unknownName } from './zod-problem';

/**
 * The job's students by role, in the strategy's order.
 * @throws Problem `params-invalid` for a role that does not exist or is missing, `student-unfit` for the rest
 */
export function admitStudents(
  strategy: Strategy,
  given: JobBody['students'] = {},
  directory: StudentDirectory,
  params: unknown,
): Readonly<Record<string, StudentChoice>> {
  const known = strategy.students ?? {};
  const roles = Object.keys(known);
  for (const role of Object.keys(given)) {
    if (roles.includes(role)) continue;
    const message = roles.length === 0 ? 'this strategy trains no students.' : unknownName(role, roles);
    throw new Problem('params-invalid', `students.${role}: ${message}`, `students.${role}`);
  }
  const found: Record<string, StudentChoice> = {};
  for (const [role, { required, description, tasks }] of Object.entries(known)) {
    const at = `students.${role}`;
    const choice = Object.hasOwn(given, role) ? given[role] : undefined;
    if (choice === undefined) {
      if (!required) continue;
      const names = directory.list().map(({ name }) => name);
      throw new Problem(
        'params-invalid',
        `${at}: expected {"name": …} (${description}), got nothing. Configured: ${names.join(', ')}.`,
        at,
      );
    }
    const student = placed(at, () => directory.facts(choice));
    const task = strategy.studentTask?.(role, params);
    refuseUnfit(directory, student, task === undefined ? tasks : [task], at);
    found[role] = choice;
  }
  return found;
}

function placed<T>(at: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof Problem) throw new Problem(error.code, `${at}: ${error.message}`, at);
    throw error;
  }
}
