/** If these fail, users pay twice, exceed their budget, or lose rows. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { isAway } from '../../../infra/database/away';
import type { Claim } from '../../../infra/database/claims';
import type { Entry } from '../../../infra/database/commits';
import { raiseEpoch, readBudget } from '../../../infra/database/control';
import { writeLedger } from '../../../infra/database/ledger-writer';
import { closeLease, endExpiredLeases, openLease } from '../../../infra/database/leases';
import { countsOf, findStage } from '../../../infra/database/stages';
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
const LIVES_MS = 10_000;
const claimOf = (lease: ReturnType<typeof leaseOf>, key: string): Claim => ({
  lease,
  key,
  provider: 'p',
  model: 'm',
  worst: WORST,
  priced: true,
});
const usage = { inputTokens: 7, cachedInputTokens: 0, outputTokens: 3 };
const entryOf = (lease: ReturnType<typeof leaseOf>, key: string, position: number): Entry => ({
  lease,
  answer: {
    key,
    provider: 'p',
    model: 'm',
    costUsd: 0.1,
    priced: true,
    estimated: false,
    latencyMs: 5,
    requestId: 'r',
    worst: WORST,
    reply: { text: `answer ${key}`, finish: 'stop', refused: false, usage },
  },
  end: {
    position,
    version: 0,
    rowKey: `row-${position}`,
    state: 'accepted',
    record: { key },
    recordTokens: 3,
    callKeys: [key],
    usage,
    costUsd: 0.1,
  },
});

const claim = async (db: TempDatabase['db'], claims: Claim[]) => (await writeLedger(db, { claims })).answers;
const commit = async (db: TempDatabase['db'], entries: Entry[]) =>
  (await writeLedger(db, { entries })).written;

const release = (
  db: TempDatabase['db'],
  lease: ReturnType<typeof leaseOf>,
  key: string,
  paid: 'no' | 'unknown',
) => writeLedger(db, { releases: [{ lease, key, paid }] });

let temp: TempDatabase;
const budget = (job: string) => readBudget(temp.db, TENANT, job);
const counts = async (job: string) =>
  countsOf((await findStage(temp.db, { tenant: TENANT, job, stage: 'generate', plan: 0 }))!);

describe.each(['sqlite', 'postgres'])('the ledger on %s', (dialect) => {
  let server: TempPostgres | undefined;
  beforeAll(async () => {
    if (dialect === 'postgres') server = await tempPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => (temp = server ? await emptyDatabase(server.url) : await tempDatabase()));
  afterEach(() => temp.remove());

  it('pays for a call once: the second job gets the stored answer', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    await plannedJob(db, 'b');
    const [a, b] = [leaseOf('a', 'la'), leaseOf('b', 'lb')];
    await openLease(db, a, LIVES_MS);
    await openLease(db, b, LIVES_MS);
    expect(await claim(db, [claimOf(a, 'k')])).toEqual([{ state: 'claimed' }]);
    expect(await claim(db, [claimOf(b, 'k')])).toEqual([{ state: 'elsewhere' }]);
    expect(await commit(db, [entryOf(a, 'k', 0)])).toEqual([true]);
    const [answer] = await claim(db, [claimOf(b, 'k')]);
    expect(answer).toMatchObject({
      state: 'answered',
      answer: { costUsd: 0.1, reply: { text: 'answer k' } },
    });
    expect(await budget('a')).toMatchObject({
      calls_spent: 1,
      calls_reserved: 0,
      tokens_spent: 10,
      calls_reused: 0,
    });
    expect(await budget('b')).toMatchObject({ calls_spent: 0, calls_reserved: 0, calls_reused: 1 });
  });

  it('counts what a dead batch had sent as in doubt, and lets its calls be sent again', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const dead = leaseOf('a', 'dead');
    await openLease(db, dead, LIVES_MS);
    await claim(db, [claimOf(dead, 'k1'), claimOf(dead, 'k2')]);
    await commit(db, [entryOf(dead, 'k1', 0)]);
    const next = leaseOf('a', 'next'); // the retried attempt of the same rows
    expect(await openLease(db, next, LIVES_MS)).toBe('held');
    expect(await openLease(db, next, LIVES_MS, Date.now() + LIVES_MS)).toBe('open');
    expect(await budget('a')).toMatchObject({
      calls_spent: 1,
      calls_reserved: 0,
      calls_in_doubt: 1,
      tokens_in_doubt: 100,
    });
    expect(await claim(db, [claimOf(next, 'k1'), claimOf(next, 'k2')])).toMatchObject([
      { state: 'answered' },
      { state: 'claimed' },
    ]);
    expect(await budget('a')).toMatchObject({ calls_repeated: 1, calls_reserved: 1 });
  });

  it('settles the late answer of a batch that had been given up', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const late = leaseOf('a', 'late');
    await openLease(db, late, LIVES_MS);
    await claim(db, [claimOf(late, 'k')]);
    await endExpiredLeases(db, Date.now() + 2 * LIVES_MS);
    expect(await budget('a')).toMatchObject({ calls_in_doubt: 1, calls_reserved: 0 });
    expect(await commit(db, [entryOf(late, 'k', 0)])).toEqual([false]); // the answer is kept, the row is not its to end
    expect(await budget('a')).toMatchObject({ calls_in_doubt: 0, tokens_in_doubt: 0, calls_spent: 1 });
    expect(await counts('a')).toMatchObject({ accepted: 0 });
  });

  it('lets a newer run wait for older batches, and refuses batches of replaced runs', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const old = leaseOf('a', 'old', await raiseEpoch(db, TENANT, 'a', 'run-1'));
    expect(await openLease(db, old, LIVES_MS)).toBe('open');
    expect(await raiseEpoch(db, TENANT, 'a', 'run-1')).toBe(old.epoch); // the same run keeps its epoch
    const epoch = await raiseEpoch(db, TENANT, 'a', 'run-2');
    expect(await openLease(db, leaseOf('a', 'new', epoch), LIVES_MS)).toBe('held');
    expect(await openLease(db, leaseOf('a', 'again', old.epoch, 100), LIVES_MS)).toBe('fenced');
    await closeLease(db, old);
    expect(await openLease(db, leaseOf('a', 'new', epoch), LIVES_MS)).toBe('open');
  });

  it('keeps the budget right when a batch that was given up claims or gives back', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const gone = leaseOf('a', 'gone');
    await openLease(db, gone, LIVES_MS);
    await claim(db, [claimOf(gone, 'k1'), claimOf(gone, 'k2')]);
    await endExpiredLeases(db, Date.now() + 2 * LIVES_MS);
    expect(await claim(db, [claimOf(gone, 'k3')])).toEqual([{ state: 'elsewhere' }]);
    await release(db, gone, 'k1', 'no');
    await release(db, gone, 'k2', 'unknown');
    expect(await budget('a')).toMatchObject({
      calls_reserved: 0,
      tokens_reserved: 0,
      calls_in_doubt: 1,
      tokens_in_doubt: 100,
    });
  });

  it('writes a row’s end once', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const lease = leaseOf('a', 'l');
    await openLease(db, lease, LIVES_MS);
    await claim(db, [claimOf(lease, 'k')]);
    expect(await commit(db, [entryOf(lease, 'k', 0)])).toEqual([true]);
    expect(
      await commit(db, [
        { lease, end: { ...entryOf(lease, 'k', 0).end!, state: 'rejected', reason: 'empty' } },
      ]),
    ).toEqual([false]);
    expect(await counts('a')).toEqual({ planned: 100, accepted: 1, rejected: 0, failed: 0 });
  });

  it('settles a call once when one group holds two answers for it, and writes the ends of both rows', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const lease = leaseOf('a', 'l');
    await openLease(db, lease, LIVES_MS);
    await claim(db, [claimOf(lease, 'k'), claimOf(lease, 'other')]);
    const entries = [entryOf(lease, 'k', 0), entryOf(lease, 'k', 1), entryOf(lease, 'other', 2)];
    expect(await commit(db, entries)).toEqual([true, true, true]);
    expect(await budget('a')).toMatchObject({ calls_spent: 2, calls_reserved: 0, tokens_reserved: 0 });
    expect(await counts('a')).toMatchObject({ accepted: 3 });
  });

  it('keeps the answer of the batch that holds a call, also when one that lost it answers in the same group', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    await plannedJob(db, 'b');
    const [late, next] = [leaseOf('a', 'late'), leaseOf('b', 'next')];
    await openLease(db, late, LIVES_MS);
    await openLease(db, next, LIVES_MS);
    await claim(db, [claimOf(late, 'k')]);
    await closeLease(db, late);
    await claim(db, [claimOf(next, 'k')]);
    expect(await commit(db, [entryOf(late, 'k', 0), entryOf(next, 'k', 0)])).toEqual([false, true]);
    expect(await budget('a')).toMatchObject({ calls_spent: 0, calls_in_doubt: 1 });
    expect(await budget('b')).toMatchObject({ calls_spent: 1, calls_reserved: 0 });
  });

  it('does nothing twice when a commit went through and nobody was told', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const lease = leaseOf('a', 'l');
    await openLease(db, lease, LIVES_MS);
    await claim(db, [claimOf(lease, 'k0'), claimOf(lease, 'k1'), claimOf(lease, 'k2')]);
    const work = {
      entries: [entryOf(lease, 'k0', 0)],
      releases: [{ lease, key: 'k1', paid: 'unknown' as const }],
      claims: [claimOf(lease, 'k2'), claimOf(lease, 'k3')],
      asOf: Date.now() + 1,
    };
    const first = await writeLedger(db, work);
    expect(first).toEqual({ written: [true], answers: [{ state: 'elsewhere' }, { state: 'claimed' }] });
    const before = await budget('a');
    expect(before).toMatchObject({ calls_spent: 1, calls_reserved: 2, calls_in_doubt: 1 });
    expect(await writeLedger(db, work)).toEqual(first);
    expect(await budget('a')).toEqual(before);
    expect(await counts('a')).toMatchObject({ accepted: 1 });
    expect(await writeLedger(db, { ...work, asOf: work.asOf + 1 })).toMatchObject({
      written: [false],
      answers: [{ state: 'elsewhere' }, { state: 'elsewhere' }], // another work of the same batch: they are on their way
    });
  });

  if (dialect === 'postgres')
    it('takes a connection that breaks within a transaction for a database that is away, and goes on', async () => {
      const { db } = temp;
      await plannedJob(db, 'a');
      const broken = db.transaction().execute(async (tx) => {
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx).catch(() => undefined);
        await sql`select 1`.execute(tx);
      });
      const error = await broken.catch((fault: unknown) => fault);
      expect(error instanceof Error && isAway(error) ? 'away' : error).toBe('away');
      expect(await budget('a')).toMatchObject({ calls_spent: 0 });
    });

  it('tells one row’s end from another’s for the same row in one group', async () => {
    const { db } = temp;
    await plannedJob(db, 'a');
    const lease = leaseOf('a', 'l');
    await openLease(db, lease, LIVES_MS);
    const { end } = entryOf(lease, 'k', 0);
    expect(
      await commit(db, [
        { lease, end: end! },
        { lease, end: end! },
      ]),
    ).toEqual([true, false]);
  });

  it('never lets reserved, spent and doubtful calls exceed the cap, whatever happens in whatever order', async () => {
    const act = fc.record({
      what: fc.constantFrom('claim', 'commit', 'release', 'doubt', 'die'),
      key: fc.integer({ min: 0, max: 9 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const { db } = temp;
        const job = `j${(round += 1)}`;
        const cap = 5;
        await plannedJob(db, job, 100, cap);
        let lease = leaseOf(job, `${job}-0`);
        await openLease(db, lease, LIVES_MS);
        const held = new Set<number>();
        let now = Date.now();
        for (const [i, { what, key }] of acts.entries()) {
          const name = `${job}-${key}`;
          if (what === 'claim') {
            const [answer] = await claim(db, [claimOf(lease, name)]);
            if (answer!.state === 'claimed') held.add(key);
          } else if (what === 'die') {
            lease = leaseOf(job, `${job}-${i + 1}`);
            now += 2 * LIVES_MS;
            await openLease(db, lease, LIVES_MS, now);
            held.clear();
          } else if (held.delete(key)) {
            if (what === 'commit') await commit(db, [entryOf(lease, name, key)]);
            else await release(db, lease, name, what === 'doubt' ? 'unknown' : 'no');
          }
          const { calls_spent, calls_reserved, calls_in_doubt } = await budget(job);
          expect(calls_reserved).toBe(held.size);
          expect(calls_spent + calls_reserved + calls_in_doubt).toBeLessThanOrEqual(cap);
        }
      }),
      { numRuns: 25 },
    );
  });
});
