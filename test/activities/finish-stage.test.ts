/** If these fail, a stage that brought too little goes on unseen, or its answer does not reach the story. */
import { join } from 'node:path';
import { finishStage } from '../../activities/finish-stage';
import { openArtifacts } from '../../infra/artifacts/store';
import { PlanReader } from '../../infra/artifacts/plan';
import { loadConfig } from '../../infra/config';
import { writeChoice } from '../../infra/database/control';
import { insertJob } from '../../infra/database/jobs';
import { ledgerOn } from '../../infra/database/ledger';
import { findStage, insertStage } from '../../infra/database/stages';
import { writeOutcomes } from '../../infra/database/write-outcomes';
import { openModels } from '../../infra/models/registry';
import { openStudents } from '../../infra/training/student-directory';
import { FROZEN, tempDatabase, type TempDatabase, TENANT } from '../support/temp-database';
import { toyStudent } from '../support/toy/student-strategy';

const KEY = { tenant: TENANT, job: 'a', stage: 'main/seed', plan: 0 };
const INPUT = { jobId: 'a', epoch: 0, stage: 'main/seed', plan: 0, over: false };
let temp: TempDatabase;
let finish: ReturnType<typeof finishStage>;

beforeEach(async () => {
  temp = await tempDatabase();
  const { db, folder } = temp;
  const artifacts = openArtifacts(`file:${join(folder, 'artifacts')}`);
  const config = loadConfig({ HOME: folder }, folder);
  finish = finishStage({
    ...{ db, ledger: ledgerOn(db), worker: 'w', artifacts, plans: new PlanReader(artifacts) },
    models: openModels(config, {}, { strategies: [toyStudent] }),
    students: openStudents(config),
    strategyNamed: () => toyStudent,
  });
  const frozen = { ...FROZEN, strategy: 'toy-student', models: {}, students: { main: { name: 'linear' } } };
  await insertJob(db, { tenant: TENANT, id: 'a', frozen, concurrency: 1 });
});
afterEach(() => temp.remove());

async function seedRows(accepted: number, rejected: number): Promise<void> {
  await insertStage(temp.db, KEY, { kind: 'rows', version: '1', planned: accepted + rejected });
  const rows = Array.from({ length: accepted + rejected }, (_, position) => ({
    ...{ position, version: 0, key: `row/${position}` },
    ...(position < accepted
      ? { state: 'accepted' as const, record: {} }
      : { state: 'rejected' as const, reason: 'length' }),
  }));
  await writeOutcomes(temp.db, KEY, rows);
}

it('judges the share that a stage requires, however few its rows are, and offers its own choices', async () => {
  await seedRows(4, 6);
  const { block } = await finish(INPUT);
  expect(block).toMatchObject({ code: 'shortfall', choices: ['accept', 'publish'] });
  expect(block!.message).toMatch(/only 4 of 10 rows.*length 6.*"accept".*or "publish"/);
  expect((await findStage(temp.db, KEY))!.state).toBe('planned');
});

it('takes any answer as one, and gives it to the story, now and in a later run', async () => {
  await seedRows(4, 6);
  await writeChoice(temp.db, TENANT, 'a', 'main/seed', 'shortfall', 'publish', 'test');
  expect(await finish(INPUT)).toEqual({
    ...{ planned: 10, accepted: 4, rejected: 6, failed: 0, facts: {} },
    choice: 'publish',
  });
  expect((await finish(INPUT)).choice).toBe('publish');
});

it('asks nobody where enough came through', async () => {
  await seedRows(5, 5);
  expect(await finish(INPUT)).toMatchObject({ accepted: 5, facts: {} });
  expect((await findStage(temp.db, KEY))!.state).toBe('finished');
});
