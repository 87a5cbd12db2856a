/** The students of the configuration, ready to train and to be asked. */
import { hashJson } from '../../core/hash';
import { Problem } from '../../core/problem';
import type { StudentFacts } from '../../core/students/student';
import { apiKey, type Config, type StudentConfig } from '../config';
import { packageRoot } from '../stack/package-root';
import { linearTrainer } from './linear-trainer';
import { fineTuneClient } from './openai-finetune/finetune-client';
import { fineTuneTrainer } from './openai-finetune/finetune-trainer';
import { processTrainer } from './process/process-trainer';
import type { StudentTrainer } from './student-trainer';

export interface Trainers {
  /** @throws Problem `student-unfit`: the configuration does not have it any more */
  of(student: StudentFacts): StudentTrainer;
  close(): Promise<void>;
}

/** @param env where the keys of fine-tuning services stand, and what a trainer's program may need */
export function openTrainers(
  config: Pick<Config, 'students' | 'providers'>,
  env: NodeJS.ProcessEnv,
): Trainers {
  const linear = linearTrainer();
  const opened = new Map<string, StudentTrainer>();
  return {
    of: ({ name, kind }) => {
      if (kind === 'linear') return linear;
      const found = opened.get(name) ?? openTrainer(config, name, env);
      opened.set(name, found);
      return found;
    },
    close: () => linear.close(),
  };
}

function openTrainer(
  { students, providers }: Pick<Config, 'students' | 'providers'>,
  name: string,
  env: NodeJS.ProcessEnv,
): StudentTrainer {
  const entry = Object.hasOwn(students, name) ? students[name] : undefined;
  const provider = entry?.provider === undefined ? undefined : providers[entry.provider];
  if (entry?.kind === 'process' && entry.command !== undefined) {
    const { command, tasks, bases, folder } = entry;
    const folders = [folder, packageRoot()];
    return withIdentity(entry, processTrainer({ name, command, folders, tasks, bases, env }));
  }
  if (entry?.kind === 'openai-finetune' && provider !== undefined) {
    const client = fineTuneClient({ provider, key: () => apiKey(provider, env) });
    return withIdentity(
      entry,
      fineTuneTrainer({ name, provider: provider.name, client, bases: entry.bases }),
    );
  }
  throw new Problem(
    'student-unfit',
    `Student "${name}" is not in perennial.config.yaml any more. Restore the entry and restart the trainer, then resume.`,
  );
}

/** What the configuration calls the trainer is part of what it is. */
function withIdentity({ identity }: StudentConfig, trainer: StudentTrainer): StudentTrainer {
  return identity === undefined ? trainer : { ...trainer, identity: hashJson([identity, trainer.identity]) };
}
