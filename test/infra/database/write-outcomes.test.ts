/** If these fail, rows that a transform or a student decided are lost or counted twice. */
import { insertJob } from '../../../infra/database/jobs';
import { listOutcomes, recordOf } from '../../../infra/database/rows';
import { countsOf, findStage, insertStage } from '../../../infra/database/stages';
import {
  type DecidedRow,
  removeUnfinishedStage,
  writeOutcomes,
} from '../../../infra/database/write-outcomes';
import { FROZEN, tempDatabase, type TempDatabase, TENANT } from '../../support/temp-database';

const KEY = { tenant: TENANT, job: 'a', stage: 'main/gate-0', plan: 0 };
const ROWS = 250;
const rows: DecidedRow[] = Array.from({ length: ROWS }, (_, position) => ({
  ...{ position, version: 0, key: `row/${position}` },
  ...(position % 5 === 0
    ? { state: 'rejected' as const, reason: 'length', detail: 'a \0 b' }
    : { state: 'accepted' as const, record: { text: `text ${position}` } }),
}));

let temp: TempDatabase;
beforeEach(async () => {
  temp = await tempDatabase();
  await insertJob(temp.db, { tenant: TENANT, id: 'a', frozen: FROZEN, concurrency: 1 });
  await insertStage(temp.db, KEY, { kind: 'transform', version: '1', planned: ROWS });
});
afterEach(() => temp.remove());
const counts = async () => countsOf((await findStage(temp.db, KEY))!);

it('writes and counts each row once, however often it is asked', async () => {
  expect(await writeOutcomes(temp.db, KEY, rows.slice(0, 120))).toBe(120);
  expect(await writeOutcomes(temp.db, KEY, rows)).toBe(130);
  expect(await writeOutcomes(temp.db, KEY, rows)).toBe(0);
  expect(await counts()).toEqual({ planned: 250, accepted: 200, rejected: 50, failed: 0 });
  const [first, second] = await listOutcomes(temp.db, TENANT, 'a', {}, undefined, 2);
  expect(first).toMatchObject({ reason: 'length', detail: 'a \uFFFD b', record: null });
  expect(recordOf(second!)).toEqual({ text: 'text 1' });
});

it('writes nothing for a run that was replaced', async () => {
  expect(await writeOutcomes(temp.db, KEY, rows, 3)).toBe('fenced');
  expect(await counts()).toMatchObject({ accepted: 0 });
  expect(await writeOutcomes(temp.db, KEY, rows, 0)).toBe(ROWS);
});

it('takes out a stage that was not finished', async () => {
  await writeOutcomes(temp.db, KEY, rows);
  await removeUnfinishedStage(temp.db, KEY);
  expect(await findStage(temp.db, KEY)).toBeUndefined();
  expect(await listOutcomes(temp.db, TENANT, 'a', {}, undefined, 1)).toEqual([]);
});
