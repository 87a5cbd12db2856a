/** If these fail, a dataset that claims to be whole lacks rows, or its two formats hold different records. */
import { join } from 'node:path';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { publishDataset } from '../../activities/publish-dataset';
import { promptTemplate } from '../../core/strategies/prompt-template';
import { readLines } from '../../infra/artifacts/collection';
import { PlanReader } from '../../infra/artifacts/plan';
import { openArtifacts } from '../../infra/artifacts/store';
import { loadConfig } from '../../infra/config';
import { packJson } from '../../infra/database/compressed';
import { findArtifact, listArtifacts } from '../../infra/database/files';
import { insertJob, readJob } from '../../infra/database/jobs';
import { ledgerOn } from '../../infra/database/ledger';
import { insertStage } from '../../infra/database/stages';
import { plainValue } from '../../infra/inputs/plain-value';
import { openModels } from '../../infra/models/registry';
import { openStudents } from '../../infra/training/student-directory';
import { FROZEN, tempDatabase, type TempDatabase, TENANT } from '../support/temp-database';

const key = { tenant: TENANT, job: 'a', stage: 'generate', plan: 0 };
let temp: TempDatabase;
beforeEach(async () => {
  temp = await tempDatabase();
});
afterEach(() => temp.remove());

/** A job with one stage of so many rows, and the activity that publishes it. */
async function openPublisher(planned: number) {
  const { db, folder } = temp;
  const artifacts = openArtifacts(`file:${join(folder, 'artifacts')}`);
  const frozen = { ...FROZEN, params: { template: 'Say {topic}.' } };
  await insertJob(db, { tenant: TENANT, id: 'a', frozen, concurrency: 1 });
  await insertStage(db, key, { kind: 'rows', version: '1', planned });
  const config = loadConfig({ HOME: folder }, folder);
  const models = openModels(config, {}, { strategies: [promptTemplate] });
  const publish = publishDataset({
    db,
    ledger: ledgerOn(db),
    worker: 'w',
    artifacts,
    plans: new PlanReader(artifacts),
    models,
    students: openStudents(config),
    strategyNamed: () => promptTemplate,
  });
  const artifact = async (name: string) => {
    const { sha256 } = (await findArtifact(db, TENANT, 'a', `publish/${name}`))!;
    const pieces: Buffer[] = [];
    for await (const piece of artifacts.read(sha256)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  };
  return { publish, artifacts, artifact };
}

it('publishes nothing while a row is open, and says how to go on', async () => {
  const { publish } = await openPublisher(2);
  const { db } = temp;
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
});

it('writes the same records as JSON lines and as Parquet, and draws where rows were lost', async () => {
  const { publish, artifacts, artifact } = await openPublisher(3);
  const { db } = temp;
  const row = {
    ...key,
    version: 0,
    reason: null,
    detail: null,
    record: null,
    record_tokens: 0,
    call_keys: '',
  };
  const spent = { calls: 1, input_tokens: 1, output_tokens: 1, cost_usd: 0, at: 0 };
  const records = [
    { text: 'ä', tags: ['x'], meta: { n: 1 } },
    { text: 'b', tags: [], meta: { n: 2.5 } },
  ];
  await db
    .insertInto('outcome')
    .values([
      ...records.map((record, position) => ({
        ...row,
        ...spent,
        position,
        row_key: `r${position}`,
        state: 'accepted' as const,
        record: packJson(record),
      })),
      { ...row, ...spent, position: 2, row_key: 'r2', state: 'rejected' as const, reason: 'too-salty' },
    ])
    .execute();
  await db.updateTable('stage').set({ accepted: 2, rejected: 1 }).execute();
  const { datasetHash } = await publish({ jobId: 'a', epoch: 1 });
  const lines: unknown[] = [];
  for await (const line of readLines(artifacts, datasetHash)) lines.push(line);
  expect(lines).toEqual(records);
  const file = Uint8Array.from(await artifact('dataset.parquet')).buffer;
  expect((await parquetReadObjects({ file })).map(plainValue)).toEqual(records);
  expect((await parquetMetadataAsync(file)).key_value_metadata).toContainEqual({
    key: 'perennial.dataset_sha256',
    value: datasetHash,
  });
  const page = (await artifact('report.html')).toString();
  expect(page).toMatch(/Rows that were not accepted[^]*<svg [^]*too-salty/);
});
