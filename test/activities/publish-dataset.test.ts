/** If this fails, a row that a person opened again just before the end is missing from a dataset that claims to be whole. */
import { ledgerOn } from '../../infra/database/ledger';
import { join } from 'node:path';
import { publishDataset } from '../../activities/publish-dataset';
import { promptTemplate } from '../../core/strategies/prompt-template';
import { openArtifacts } from '../../infra/artifacts/store';
import { PlanReader } from '../../infra/artifacts/plan';
import { loadConfig } from '../../infra/config';
import { listArtifacts } from '../../infra/database/files';
import { insertJob, readJob } from '../../infra/database/jobs';
import { insertStage } from '../../infra/database/stages';
import { openModels } from '../../infra/models/registry';
import { openStudents } from '../../infra/training/student-directory';
import { FROZEN, tempDatabase, TENANT } from '../support/temp-database';

it('publishes nothing while a row is open, and says how to go on', async () => {
  const temp = await tempDatabase();
  try {
    const { db, folder } = temp;
    const artifacts = openArtifacts(`file:${join(folder, 'artifacts')}`);
    const frozen = { ...FROZEN, params: { template: 'Say {topic}.' } };
    await insertJob(db, { tenant: TENANT, id: 'a', frozen, concurrency: 1 });
    const key = { tenant: TENANT, job: 'a', stage: 'generate', plan: 0 };
    await insertStage(db, key, { kind: 'rows', version: '1', planned: 2 });
    const strategies = [promptTemplate];
    const config = loadConfig({ HOME: folder }, folder);
    const models = openModels(config, {}, { strategies });
    const plans = new PlanReader(artifacts);
    const publish = publishDataset({
      db,
      ledger: ledgerOn(db),
      worker: 'w',
      artifacts,
      plans,
      models,
      students: openStudents(config),
      strategyNamed: () => promptTemplate,
    });
    await expect(publish({ jobId: 'a', epoch: 1 })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /stage generate has 2 open rows.*Cancel the job, then resume it/,
      ) as string,
    });
    expect(await listArtifacts(db, TENANT, 'a')).toEqual([]);
    expect(await readJob(db, TENANT, 'a')).toMatchObject({ state: 'queued' });
    await db.updateTable('stage').set({ accepted: 2 }).execute();
    await expect(publish({ jobId: 'a', epoch: 1 })).resolves.toMatchObject({ planned: 2, records: 0 });
    expect(await readJob(db, TENANT, 'a')).toMatchObject({ state: 'succeeded' });
  } finally {
    await temp.remove();
  }
});
