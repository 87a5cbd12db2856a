/** If these fail, docs/students.md teaches another contract than the one that is spoken. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../infra/stack/package-root';
import { TRAINER_EVENTS, trainerEventSchema } from '../../../infra/training/process/trainer-event';
import { EXIT_CODES } from '../../../infra/training/process/trainer-exit';
import { TRAINER_TASKS, trainerJobSchema } from '../../../infra/training/process/trainer-job';

const page = readFileSync(join(packageRoot(), 'docs/students.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('|'));
const rowOf = (name: string) => rows.find((row) => row.split('|')[1]?.trim() === name) ?? '';

it.each(TRAINER_EVENTS)('names the event %s with its members', (name) => {
  const shape = trainerEventSchema.options.find((option) => option.shape.event.value === name)?.shape ?? {};
  const named = [...rowOf(`\`${name}\``).matchAll(/`([a-zA-Z]+)\??`/g)].map((match) => match[1]);
  expect(named).toEqual(expect.arrayContaining(Object.keys(shape).filter((member) => member !== 'event')));
});

it.each(Object.entries(EXIT_CODES))('names the exit code %s', (code, { name }) => {
  expect(rowOf(code)).toContain(name);
});

it('names every task, and every member of a job', () => {
  const members = trainerJobSchema.options.flatMap(({ shape }) => Object.keys(shape));
  for (const name of [...TRAINER_TASKS, ...members]) expect(page).toContain(`\`${name}\``);
});
