/** If these fail, stages whose names hold an arm are not found, and their rows are missing from the dataset. */
import { datasetStages, stageOf } from '../../core/strategy';
import { type MemoryRun, runInMemory } from '../support/run-strategy';
import { toyRows, toyStudent } from '../support/toy/student-strategy';

const story = async (run: MemoryRun) => {
  await run.stage('prepare');
  await run.generate('main/seed');
  await run.stage('main/gate-0');
  await run.train('main/train-0');
  await run.evaluate('main/mine-0');
};
const troubled = toyRows(20).map((row, i) => (i === 0 ? { ...row, text: `trouble ${row.text}` } : row));

it('finds stages of families, and the dataset among them, in the order in which they began', () => {
  expect(stageOf(toyStudent, 'prepare')?.kind).toBe('transform');
  expect(stageOf(toyStudent, 'main/train-0')?.kind).toBe('train');
  expect(stageOf(toyStudent, 'main/train-1')).toBeUndefined();
  expect(datasetStages(toyStudent, ['prepare', 'main/seed', 'main/gate-0', 'main/gate-0'])).toEqual([
    'main/gate-0',
  ]);
});

it('runs a strategy with students in memory', async () => {
  const { stages, records } = await runInMemory(toyStudent, { inputs: { rows: toyRows(40) }, story });
  expect(records).toHaveLength(20);
  expect(stages['main/seed']).toMatchObject({ facts: { accepted: 20 } });
  expect(stages['main/train-0']!.rows.map(({ row }) => row.key)).toEqual([
    'synthetic-only/1',
    'synthetic-only/2',
  ]);
  expect(stages['main/train-0']!.collections.get('examples')).toHaveLength(20);
  expect(stages['main/mine-0']!.facts).toMatchObject({ predictions: 40, failed: 0 });
  expect(stages['main/mine-0']!.facts['accuracy']).toBeGreaterThan(0.9);
});

it('keeps nothing of a transform that asks, and tells the story how it was answered', async () => {
  const inputs = { rows: troubled };
  const asked = await runInMemory(toyStudent, { inputs, story });
  expect(asked.stages['main/gate-0']).toMatchObject({ rows: [], block: { code: 'artefact' } });
  let choice: string | undefined;
  const answered = await runInMemory(toyStudent, {
    inputs,
    choices: { artefact: 'discard-round' },
    story: async (run) => {
      await run.stage('prepare');
      await run.generate('main/seed');
      ({ choice } = await run.stage('main/gate-0'));
    },
  });
  expect(choice).toBe('discard-round');
  expect(answered.stages['main/gate-0']!.rows.map(({ state }) => state)).toEqual([
    'rejected',
    ...Array.from({ length: 9 }, () => 'accepted'),
  ]);
});
