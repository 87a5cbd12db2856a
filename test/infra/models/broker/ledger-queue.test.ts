/** If these fail, one row that cannot be written takes the paid answers of others with it. */
import type { Claim } from '../../../../infra/database/claims';
import type { Entry } from '../../../../infra/database/commits';
import { readBudget } from '../../../../infra/database/control';
import { type LedgerWork, writeLedger } from '../../../../infra/database/ledger-writer';
import { openLease } from '../../../../infra/database/leases';
import { countsOf, findStage } from '../../../../infra/database/stages';
import { LedgerQueue } from '../../../../infra/models/broker/ledger-queue';
import {
  emptyDatabase,
  leaseOf,
  plannedJob,
  type TempDatabase,
  tempDatabase,
  TENANT,
} from '../../../support/temp-database';
import { type TempPostgres, tempPostgres } from '../../../support/temp-postgres';

const WORST = { calls: 1, tokens: 100, usd: 0.5 };
const usage = { inputTokens: 7, cachedInputTokens: 0, outputTokens: 3 };
const lease = leaseOf('j', 'l');
const claimOf = (key: string): Claim => ({
  lease,
  key,
  provider: 'p',
  model: 'm',
  worst: WORST,
  priced: true,
});
const entryOf = (key: string, position: number): Entry => ({
  lease,
  answer: {
    ...{ key, provider: 'p', model: 'm', costUsd: 0.1, priced: true, estimated: false, latencyMs: 5 },
    ...{ requestId: 'r', worst: WORST, reply: { text: key, finish: 'stop', refused: false, usage } },
  },
  end: {
    ...{ position, version: 0, rowKey: `row-${position}`, state: 'accepted', record: { key } },
    ...{ recordTokens: 3, callKeys: [key], usage, costUsd: 0.1 },
  },
});

let temp: TempDatabase;
let written: LedgerWork[];
const queue = () =>
  new LedgerQueue({
    write: (work) => {
      written.push(work);
      return writeLedger(temp.db, work);
    },
  });

describe.each(['sqlite', 'postgres'])('the ledger queue on %s', (dialect) => {
  let server: TempPostgres | undefined;
  beforeAll(async () => {
    if (dialect === 'postgres') server = await tempPostgres();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    temp = server ? await emptyDatabase(server.url) : await tempDatabase();
    written = [];
    await plannedJob(temp.db, 'j');
    await openLease(temp.db, lease, 60_000);
  });
  afterEach(() => temp.remove());

  it('writes answers, claims and what is given back in one transaction', async () => {
    const ledger = queue();
    const claims = ['a', 'b', 'c'].map((key) => ledger.claim(claimOf(key)));
    expect((await Promise.all(claims)).map(({ state }) => state)).toEqual(['claimed', 'claimed', 'claimed']);
    const [ended, , , next] = await Promise.all([
      ledger.commit(entryOf('a', 0)),
      ledger.release({ lease, key: 'b', paid: 'no' }),
      ledger.release({ lease, key: 'c', paid: 'unknown' }),
      ledger.claim(claimOf('d')),
    ]);
    expect([ended, next]).toEqual([true, { state: 'claimed' }]);
    expect(written).toHaveLength(2);
    expect(await readBudget(temp.db, TENANT, 'j')).toMatchObject({
      ...{ calls_spent: 1, calls_reserved: 1, tokens_reserved: 100, usd_reserved: 0.5 },
      ...{ calls_in_doubt: 1, tokens_in_doubt: 100, usd_in_doubt: 0.5 },
    });
  });

  it('loses only the item that cannot be written', async () => {
    const ledger = queue();
    const keys = Array.from({ length: 9 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => ledger.claim(claimOf(key))));
    const bad = entryOf('k4', 4);
    const ends = keys.map((key, i) =>
      ledger.commit(
        i === 4 ? { ...bad, end: { ...bad.end!, rowKey: null as unknown as string } } : entryOf(key, i),
      ),
    );
    const claims = [
      ledger.claim(claimOf('next')),
      ledger.claim({ ...claimOf('bad'), model: null as unknown as string }),
    ];
    const states = (await Promise.allSettled([...ends, ...claims])).map(({ status }) => status);
    expect(states.flatMap((status, i) => (status === 'rejected' ? [i] : []))).toEqual([4, 10]);
    expect(
      countsOf((await findStage(temp.db, { tenant: TENANT, job: 'j', stage: 'generate', plan: 0 }))!),
    ).toEqual({
      ...{ planned: 100, accepted: 8, rejected: 0, failed: 0 },
    });
    expect(await readBudget(temp.db, TENANT, 'j')).toMatchObject({ calls_spent: 8, calls_reserved: 2 });
  });

  it('pays and reserves once when the reply to a commit is lost', async () => {
    let lost = 0;
    const ledger = new LedgerQueue({
      write: async (work) => {
        const result = await writeLedger(temp.db, work);
        if ((lost += 1) % 2 === 0) return result;
        throw new Error('Connection terminated unexpectedly');
      },
    });
    const claims = await Promise.all(['a', 'b', 'a'].map((key) => ledger.claim(claimOf(key))));
    expect(claims.map(({ state }) => state)).toEqual(['claimed', 'claimed', 'elsewhere']);
    expect(await readBudget(temp.db, TENANT, 'j')).toMatchObject({ calls_reserved: 2, usd_reserved: 1 });
    expect(await Promise.all([ledger.commit(entryOf('a', 0)), ledger.commit(entryOf('b', 1))])).toEqual([
      true,
      true,
    ]);
    expect(await readBudget(temp.db, TENANT, 'j')).toMatchObject({ calls_reserved: 0, calls_spent: 2 });
  });
});

it('does not try the parts of a group that a full disk refuses', async () => {
  let writes = 0;
  const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  const ledger = new LedgerQueue({
    write: () => {
      writes += 1;
      return Promise.reject(full);
    },
  });
  const ends = await Promise.allSettled(['a', 'b', 'c'].map((key, i) => ledger.commit(entryOf(key, i))));
  expect(ends.map((end) => end.status === 'rejected' && end.reason === full)).toEqual([true, true, true]);
  expect(writes).toBe(1);
});
