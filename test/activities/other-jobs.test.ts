/** If this fails, a job is not told that its test rows were looked at before, or is told so of rows that were not. */
import { openArtifacts } from '../../infra/artifacts/store';
import { PlanReader } from '../../infra/artifacts/plan';
import { insertStage } from '../../infra/database/stages';
import { JobReader } from '../../activities/reader';
import { FROZEN, tempDatabase, TENANT } from '../support/temp-database';

const LIKE = { stage: 'prepare', fact: 'testHash', value: 'abc', finished: 'test' };

it('counts other jobs of the tenant that told the same and went on to the end', async () => {
  const temp = await tempDatabase();
  try {
    const { db, folder } = temp;
    const artifacts = openArtifacts(`file:${folder}/artifacts`);
    const reader = new JobReader(
      { db, artifacts, plans: new PlanReader(artifacts) },
      { tenant: TENANT, id: 'own', frozen: FROZEN },
    );
    const tell = (job: string, stage: string, facts: object, tenant = TENANT): Promise<void> =>
      insertStage(
        db,
        { tenant, job, stage, plan: 0 },
        { kind: 'transform', version: '1', planned: 0, facts, finished: true },
      );
    for (const [job, testHash] of [
      ['own', 'abc'],
      ['same', 'abc'],
      ['unlike', 'other'],
      ['unfinished', 'abc'],
    ] as const) {
      await tell(job, 'prepare', { testHash });
      if (job !== 'unfinished') await tell(job, 'test', {});
    }
    await tell('foreign', 'prepare', { testHash: 'abc' }, 'another');
    await tell('foreign', 'test', {}, 'another');
    await expect(reader.otherJobs(LIKE)).resolves.toBe(1);
    await tell('unfinished', 'test', {});
    await expect(reader.otherJobs(LIKE)).resolves.toBe(2);
  } finally {
    await temp.remove();
  }
});
