/** If these fail, a provider batch breaks a budget, or money is lost between what was reserved and what was paid. */
import {
  type BatchIntent,
  changeBatch,
  claimedCalls,
  intendBatches,
  leaseOf as leaseOfBatch,
  readBatch,
  releaseCalls,
  takenCalls,
} from '../../../infra/database/batches';
import type { Claim } from '../../../infra/database/claims';
import type { Entry } from '../../../infra/database/commits';
import { raiseEpoch, readBudget, writeBudget } from '../../../infra/database/control';
import { writeLedger } from '../../../infra/database/ledger-writer';
import { closeLease, endExpiredLeases, openLease } from '../../../infra/database/leases';
import {
  emptyDatabase,
  leaseOf,
  plannedJob,
  type TempDatabase,
  tempDatabase,
  TENANT,
} from '../../support/temp-database';
import { type TempPostgres, tempPostgres } from '../../support/temp-postgres';

const WORST = { calls: 1, tokens: 100, usd: 0.5 };
const DAY_MS = 86_400_000;
const intent = (id: string, keys: readonly string[]): BatchIntent => ({
  id,
  chunkHash: `hash of ${id}`,
  provider: 'p',
  model: 'm',
  facts: { stage: 'generate', plan: 0, from: 0, epoch: 0 },
  calls: keys.map((key, position) => ({
    key,
    position,
    provider: 'p',
    model: 'm',
    worst: WORST,
    priced: true,
  })),
});
const answer = (key: string) => ({
  key,
  provider: 'p',
  model: 'm',
  costUsd: 0.1,
  priced: true,
  estimated: false,
  latencyMs: 0,
  requestId: undefined,
  worst: WORST,
  reply: {
    text: key,
    finish: 'stop' as const,
    refused: false,
    usage: { inputTokens: 7, cachedInputTokens: 0, outputTokens: 3 },
  },
});

let temp: TempDatabase;
const claim = async (claims: Claim[]) => (await writeLedger(temp.db, { entries: [], claims })).answers;
const commit = async (entries: Entry[]) => (await writeLedger(temp.db, { entries, claims: [] })).written;
const budget = (job: string) => readBudget(temp.db, TENANT, job);
const intend = (job: string, intents: readonly BatchIntent[], to = 10) =>
  intendBatches(temp.db, { tenant: TENANT, id: job, epoch: 0, to }, intents);

describe.each(['sqlite', 'postgres'])('provider batches on %s', (dialect) => {
  let server: TempPostgres | undefined;
  beforeAll(async () => {
    if (dialect === 'postgres') server = await tempPostgres();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    temp = dialect === 'postgres' && server ? await emptyDatabase(server.url) : await tempDatabase();
  });
  afterEach(() => temp.remove());

  it('claims and reserves in the transaction that writes the batch, and only what the budget holds', async () => {
    await plannedJob(temp.db, 'j', 10, 3);
    expect(await intend('j', [intent('b', ['a', 'b', 'c', 'd', 'e'])])).toEqual({
      state: 'intended',
      ids: ['b'],
      to: 3,
    });
    const batch = await readBatch(temp.db, TENANT, 'b');
    expect(batch).toMatchObject({
      state: 'intended',
      remote_id: null,
      facts: { from: 0, to: 3, requests: 3 },
    });
    expect([...(await claimedCalls(temp.db, batch))]).toEqual(['a', 'b', 'c'].map((key) => [key, WORST]));
    expect(await budget('j')).toMatchObject({ calls_reserved: 3, tokens_reserved: 300, usd_reserved: 1.5 });
    expect(await intend('j', [intent('c', ['d'])])).toEqual({
      state: 'over-budget',
      waiting: true,
      uses: expect.arrayContaining([{ unit: 'calls', cap: 3, spent: 0, inDoubt: 0 }]) as unknown,
    });
  });

  it('sends nothing to a model without a price under a cap in dollars', async () => {
    await plannedJob(temp.db, 'j', 10);
    await writeBudget(temp.db, TENANT, 'j', { usd: 1_000 }, 'test');
    const unpriced = intent('free', ['b']);
    const calls = unpriced.calls.map((call) => ({ ...call, position: 1, priced: false }));
    const both = [intent('b', ['a']), { ...unpriced, calls }];
    expect(await intend('j', both)).toEqual({ state: 'intended', ids: ['b'], to: 1 });
    expect(await intend('j', [{ ...unpriced, calls }])).toEqual({ state: 'unpriced' });
    expect(await budget('j')).toMatchObject({ calls_reserved: 1 });
  });

  it('keeps its calls from other jobs and from the sweeper for more than a day, and from no newer run', async () => {
    await plannedJob(temp.db, 'j', 10);
    await plannedJob(temp.db, 'other', 10);
    await intend('j', [intent('b', ['a'])]);
    await endExpiredLeases(temp.db, Date.now() + DAY_MS);
    const lease = leaseOf('other', 'l');
    await openLease(temp.db, lease, 10_000);
    const [claimed] = await claim([
      { lease, key: 'a', provider: 'p', model: 'm', worst: WORST, priced: true },
    ]);
    expect(claimed).toEqual({ state: 'elsewhere' });
    expect(await takenCalls(temp.db, TENANT, ['a', 'b'])).toEqual(new Set(['a']));
    expect(await intend('other', [intent('c', ['a'])])).toMatchObject({ state: 'intended', ids: [] });
    const epoch = await raiseEpoch(temp.db, TENANT, 'j', 'new run');
    expect(await openLease(temp.db, { ...leaseOf('j', 'n'), epoch }, 10_000)).toBe('open');
    expect(await intend('j', [intent('d', ['z'])])).toEqual({ state: 'fenced' });
  });

  it('settles answers once, gives back what was not paid, and keeps in doubt what may have been', async () => {
    await plannedJob(temp.db, 'j', 10);
    await intend('j', [intent('b', ['a', 'b', 'c', 'd'])]);
    const batch = await readBatch(temp.db, TENANT, 'b');
    const entry = { lease: leaseOfBatch(batch), answer: answer('a') };
    await commit([entry]);
    await commit([entry]);
    const lease = leaseOfBatch(batch);
    await writeLedger(temp.db, { releases: [{ lease, key: 'b', paid: 'no' }] });
    expect(await budget('j')).toMatchObject({ calls_spent: 1, usd_spent: 0.1, calls_reserved: 2 });
    await writeLedger(temp.db, { releases: [{ lease, key: 'c', paid: 'unknown' }] });
    expect(await releaseCalls(temp.db, batch, 'no')).toBe(1);
    await closeLease(temp.db, leaseOfBatch(batch));
    expect(await budget('j')).toMatchObject({
      calls_spent: 1,
      calls_reserved: 0,
      usd_reserved: 0,
      calls_in_doubt: 1,
      usd_in_doubt: 0.5,
      calls_reused: -1, // the row that asks for "a" reads it: 0 then
    });
  });

  it('takes back the doubt when a batch that was given up is collected after all', async () => {
    await plannedJob(temp.db, 'j', 10);
    await intend('j', [intent('b', ['a', 'b'])]);
    const batch = await readBatch(temp.db, TENANT, 'b');
    await closeLease(temp.db, leaseOfBatch(batch));
    expect(await budget('j')).toMatchObject({ calls_reserved: 0, calls_in_doubt: 2, tokens_in_doubt: 200 });
    await commit([{ lease: leaseOfBatch(batch), answer: answer('a') }]);
    await releaseCalls(temp.db, batch, 'no');
    expect(await budget('j')).toMatchObject({ calls_spent: 1, calls_in_doubt: 0, tokens_in_doubt: 0 });
  });

  it('changes a batch only as it is at that moment', async () => {
    await plannedJob(temp.db, 'j', 10);
    await intend('j', [intent('b', ['a'])]);
    const at = { tenant: TENANT, id: 'b' };
    const begin = () =>
      changeBatch(temp.db, at, ({ facts }) =>
        facts.attemptedAt === undefined ? { facts: { attemptedAt: 5 } } : undefined,
      );
    expect((await Promise.all([begin(), begin()])).filter((one) => one !== undefined)).toHaveLength(1);
    await changeBatch(temp.db, at, () => ({
      state: 'submitted',
      remoteId: 'r',
      facts: { attemptedAt: undefined },
    }));
    const batch = await readBatch(temp.db, TENANT, 'b');
    expect(batch).toMatchObject({ state: 'submitted', remote_id: 'r' });
    expect(batch.facts).not.toHaveProperty('attemptedAt');
  });
});
