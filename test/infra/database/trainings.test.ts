/** If these fail, two workers train the same student, or a dead one keeps it for ever. */
import {
  claimTraining,
  finishTraining,
  forgetTraining,
  releaseTraining,
  renewTraining,
} from '../../../infra/database/trainings';
import { tempDatabase, type TempDatabase, TENANT } from '../../support/temp-database';

let temp: TempDatabase;
beforeEach(async () => (temp = await tempDatabase()));
afterEach(() => temp.remove());

const KEY = { tenant: TENANT, runId: 'run' };
const LIVES_MS = 1_000;
const DONE = { sha256: 'abc', bytes: 3, epochs: 8, examples: 40, metrics: { loss: 0.25 } };
const claim = (holder: string, now = 0) => claimTraining(temp.db, KEY, holder, LIVES_MS, now);

it('gives a training to one holder, and to the next when the first is dead', async () => {
  expect(await claim('a')).toEqual({ starts: 1 });
  expect(await claim('b', 500)).toEqual({ held: true });
  expect(await renewTraining(temp.db, KEY, 'a', LIVES_MS, 900)).toBe(true);
  expect(await claim('b', 1_500)).toEqual({ held: true });
  expect(await claim('b', 1_900)).toEqual({ starts: 2 });
  expect(await renewTraining(temp.db, KEY, 'a', LIVES_MS, 1_950)).toBe(false);
});

it('gives what is finished to everybody, as it was written first', async () => {
  await claim('a');
  expect(await finishTraining(temp.db, KEY, DONE)).toEqual(DONE);
  expect(await finishTraining(temp.db, KEY, { ...DONE, sha256: 'other' })).toEqual(DONE);
  expect(await claim('b', 10_000)).toEqual({ finished: DONE });
  expect(await claimTraining(temp.db, { ...KEY, tenant: 'other' }, 'b', LIVES_MS)).toEqual({ starts: 1 });
});

it('trains again what has lost its file', async () => {
  await claim('a');
  await finishTraining(temp.db, KEY, DONE);
  await forgetTraining(temp.db, KEY);
  expect(await claim('b')).toEqual({ starts: 1 });
});

it('counts starts without an end, and begins anew after a failure that was one', async () => {
  await claim('a');
  await releaseTraining(temp.db, KEY, 'a', false);
  expect(await claim('b')).toEqual({ starts: 2 });
  await releaseTraining(temp.db, KEY, 'b', true);
  expect(await claim('c')).toEqual({ starts: 1 });
});
