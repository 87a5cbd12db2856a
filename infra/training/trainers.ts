/** The students of the configuration, ready to train and to be asked. */
import { Problem } from '../../core/problem';
import type { StudentFacts } from '../../core/students/student';
import type { Config } from '../config';
import { linearTrainer } from './linear-trainer';
import type { StudentTrainer } from './student-trainer';

export interface Trainers {
  /** @throws Problem `student-unfit`: this version does not train such students */
  of(student: StudentFacts): StudentTrainer;
  close(): Promise<void>;
}

export function openTrainers({ students }: Pick<Config, 'students'>): Trainers {
  const linear = linearTrainer();
  return {
    of: ({ name, kind }) => {
      if (kind === 'linear') return linear;
      const known = Object.hasOwn(students, name) ? kind : 'no known kind';
      throw new Problem('student-unfit', `Student "${name}": students of ${known} are not trained here.`);
    },
    close: () => linear.close(),
  };
}
