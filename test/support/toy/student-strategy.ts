/** A strategy that trains students, as small as one can be. */
import { z } from 'zod';
import { defineStrategy } from '../../../core/strategy';
import { prepare, stageNamed, type ToyStudentParams } from './student-stages';

export const toyStudent = defineStrategy<ToyStudentParams>({
  name: 'toy-student',
  version: 1,
  title: 'Toy with students',
  summary: 'Trains a student on half of the rows and has it predict the others.',
  params: z.strictObject({
    seeds: z.array(z.int()).default([1, 2]),
    trouble: z.string().default('trouble'),
    epochs: z.int().default(4),
  }),
  presets: {},
  inputs: { rows: { required: true, description: 'JSONL {id, text, label}', formats: ['jsonl'] } },
  models: {},
  students: { main: { required: true, description: 'what is trained', tasks: ['text'] } },
  studentTask: () => 'text',
  prompts: {},
  codes: {
    artefact: 'Texts that a student would learn the wrong thing from.',
    'round-discarded': 'A person discarded the round.',
  },
  examples: [],
  stages: { prepare },
  stageNamed,
  facts: () => ({}),
  badRowShareMax: () => 0.2,
  check: () => Promise.resolve([]),
  estimate: () => [],
  pilot: (params, rows) => ({ params, items: { rows } }),
  scripted: () => undefined,
  report: () => Promise.resolve({ sections: [] }),
});

/** Rows of two labels that a student can tell apart. */
export function toyRows(n: number): { id: string; text: string; label: string }[] {
  const words = { cold: ['ice', 'snow', 'frost'], warm: ['sun', 'fire', 'summer'] } as const;
  return Array.from({ length: n }, (_, i) => {
    const label = Math.floor(i / 2) % 2 === 0 ? 'cold' : 'warm';
    const word = words[label][i % 3]!;
    return { id: `r${i}`, text: `the ${word} of day ${i} was all we spoke of`, label };
  });
}
