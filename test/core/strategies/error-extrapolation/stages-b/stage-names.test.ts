/** If these fail, a job asks for stages that nobody knows, or knows stages that no story asks for. */
import {
  ERROR_EXTRAPOLATION_STAGES,
  stageNamed,
} from '../../../../../core/strategies/error-extrapolation/stages';

test.each([
  ['main/reasons', 'rows'],
  ['main/seed', 'rows'],
  ['goldgen-mix/sift-0', 'rows'],
  ['main/gate-3', 'transform'],
  ['r2/main/train-1', 'train'],
  ['faithful/mine-0', 'evaluate'],
  ['r12/goldgen-mix-as-errors/pick-2', 'transform'],
  ['main/embed-1', 'rows'],
  ['main/describe-1', 'rows'],
  ['seed-only/extrapolate-1', 'rows'],
])('%s is a %s stage', (name, kind) => {
  expect(stageNamed(name)).toMatchObject({ kind });
});

test.each([
  'main/sift',
  'main/pick-0',
  'main/extrapolate-0',
  'main/seed-1',
  'nobody/seed',
  'prepare',
  'main',
])('%s is none', (name) => {
  expect(stageNamed(name)).toBeUndefined();
});

test('only assemble makes the dataset, and only main asks a person about rows', () => {
  const datasets = Object.entries(ERROR_EXTRAPOLATION_STAGES).filter(
    ([, stage]) => 'dataset' in stage && stage.dataset === true,
  );
  expect(datasets.map(([name]) => name)).toEqual(['assemble']);
  expect(stageNamed('main/extrapolate-1')).toMatchObject({
    required: { acceptedShareMin: 0.5, choices: ['discard-round', 'publish'] },
  });
  expect(stageNamed('goldgen-mix/extrapolate-1')).not.toHaveProperty('required');
});
