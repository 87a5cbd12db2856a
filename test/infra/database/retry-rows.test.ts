/** If these fail, a retry loses rows, counts them twice, or changes what a later stage has already read. */
import fc from 'fast-check';
import type { Entry } from '../../../infra/database/commits';
import { writeLedger } from '../../../infra/database/ledger-writer';
import { openLease } from '../../../infra/database/leases';
import { changeState } from '../../../infra/database/jobs';
import { listEvents } from '../../../infra/database/events';
import { listOutcomes, readEnds } from '../../../infra/database/rows';
import { retryRows, type RetryFilter } from '../../../infra/database/retry-rows';
import { closeStage, countReasons, countsOf, findStage, insertStage } from '../../../infra/database/stages';
import {
  emptyDatabase,
  leaseOf,
  plannedJob,
  type TempDatabase,
  tempDatabase,
  TENANT,
} from '../../support/temp-database';
import { type TempPostgres, tempPostgres } from '../../support/temp-postgres';

const LIVES_MS = 10_000;
const KEY = { tenant: TENANT, job: 'a', stage: 'generate', plan: 0 };
const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
type State = 'accepted' | 'rejected' | 'failed';
const REASONS = { accepted: undefined, rejected: 'unparsable', failed: 'timeout' } as const;

const endOf = (lease: ReturnType<typeof leaseOf>, position: number, state: State, version = 0): Entry => ({
  lease,
  end: {
    ...{
      position,
      version,
      rowKey: `row-${position}`,
      state,
      recordTokens: 0,
      callKeys: [],
      usage,
      costUsd: 0,
    },
    ...(REASONS[state] === undefined ? {} : { reason: REASONS[state] }),
  },
});

let temp: TempDatabase;
let lease: ReturnType<typeof leaseOf>;
const commit = async (entries: Entry[]) => (await writeLedger(temp.db, { entries, claims: [] })).written;
const end = (position: number, state: State, version = 0) => commit([endOf(lease, position, state, version)]);
const retry = (filter: Partial<RetryFilter> = {}) =>
  retryRows(temp.db, TENANT, 'a', { outcome: 'failed', ...filter }, 'test');
const stage = async () => (await findStage(temp.db, KEY))!;
const counts = async () => countsOf(await stage());

describe.each(['sqlite', 'postgres'])('retried rows on %s', (dialect) => {
  let server: TempPostgres | undefined;
  beforeAll(async () => {
    if (dialect === 'postgres') server = await tempPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    temp = server ? await emptyDatabase(server.url) : await tempDatabase();
    await plannedJob(temp.db, 'a', 4);
    lease = leaseOf('a', 'l');
    await openLease(temp.db, lease, LIVES_MS);
  });
  afterEach(() => temp.remove());

  it('opens failed rows again; their old outcome counts nowhere, and their next one has the next version', async () => {
    await end(0, 'accepted');
    await end(1, 'failed');
    await end(2, 'rejected');
    expect(await retry()).toEqual([{ stage: 'generate', plan: 0, rows: 1 }]);
    expect(await counts()).toEqual({ planned: 4, accepted: 1, rejected: 1, failed: 0 });
    expect((await stage()).bad).toBe(1);
    expect(await countReasons(temp.db, TENANT, 'a', 'generate')).toEqual({ unparsable: 1 });
    const { ended, reopened } = await readEnds(temp.db, KEY, 0, 4);
    expect([...ended]).toEqual([0, 2]);
    expect([...reopened]).toEqual([[1, { version: 1, rejections: 0 }]]);
    expect(await end(1, 'failed', 0)).toEqual([false]); // a batch that did not see the retry cannot bring it back
    expect(await end(1, 'accepted', 1)).toEqual([true]);
    expect(await counts()).toEqual({ planned: 4, accepted: 2, rejected: 1, failed: 0 });
    const rows = await listOutcomes(temp.db, TENANT, 'a', {}, undefined, 10);
    expect(rows.map(({ position, state }) => [position, state])).toEqual([
      [0, 'accepted'],
      [1, 'accepted'],
      [2, 'rejected'],
    ]);
    const [event] = (await listEvents(temp.db, TENANT, 'a', 0, 100)).filter(({ kind }) => kind === 'retry');
    expect(JSON.parse(event!.data)).toMatchObject({ outcome: 'failed', by: 'test', stages: [{ rows: 1 }] });
  });

  it('counts rejections, not failures, towards new draws', async () => {
    await end(0, 'failed');
    await retry();
    await end(0, 'rejected', 1);
    await retry({ outcome: 'rejected' });
    expect((await readEnds(temp.db, KEY, 0, 4)).reopened.get(0)).toEqual({ version: 2, rejections: 1 });
  });

  it('takes only what fits: reason, keys, stage', async () => {
    for (const position of [0, 1, 2]) await end(position, 'rejected');
    expect(await retry({ outcome: 'rejected', reason: 'refusal' })).toEqual([]);
    expect(await retry({ outcome: 'rejected', stage: 'other' })).toEqual([]);
    expect(await retry()).toEqual([]);
    expect(await retry({ outcome: 'rejected', rows: ['row-0', 'row-2', 'row-9'] })).toMatchObject([
      { rows: 2 },
    ]);
    expect(await counts()).toMatchObject({ rejected: 1 });
  });

  it('names many keys at once without counting one twice', async () => {
    for (const position of [0, 3]) await end(position, 'failed');
    const rows = Array.from({ length: 1_200 }, (_, i) => `row-${i}`);
    expect(await retry({ rows: ['row-0', ...rows.slice(1, 1_100), 'row-1199'] })).toMatchObject([
      { rows: 2 },
    ]);
    expect(await counts()).toMatchObject({ failed: 0 });
  });

  it('opens a stage that was over when no run is alive, and not while one may be reading it', async () => {
    for (const position of [0, 1, 2]) await end(position, 'accepted');
    await end(3, 'failed');
    expect(await closeStage(temp.db, KEY, {})).toBe(true);
    await changeState(temp.db, TENANT, 'a', { state: 'running' });
    await expect(retry()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Cancel the job, retry the rows, then resume') as string,
    });
    expect(await stage()).toMatchObject({ state: 'finished', failed: 1 }); // nothing of it was written
    await changeState(temp.db, TENANT, 'a', { state: 'cancelled' });
    await retry();
    expect(await stage()).toMatchObject({ state: 'planned', failed: 0, finished_at: null });
    expect(await closeStage(temp.db, KEY, {})).toBe(false);
  });

  it('refuses once a later stage has read the rows, or the dataset is published, and advises to fork', async () => {
    for (const position of [0, 1, 2]) await end(position, 'accepted');
    await end(3, 'failed');
    await closeStage(temp.db, KEY, {});
    await insertStage(temp.db, { ...KEY, stage: 'filter' }, { kind: 'transform', version: '1', planned: 0 });
    await changeState(temp.db, TENANT, 'a', { state: 'cancelled' });
    const forked = { code: 'conflict', message: expect.stringContaining('Fork it') as string };
    await expect(retry()).rejects.toMatchObject(forked);
    await changeState(temp.db, TENANT, 'a', { state: 'succeeded' });
    await expect(retry()).rejects.toMatchObject(forked);
  });

  it('keeps planned = accepted + rejected + failed + open, whatever ends and is retried in whatever order', async () => {
    const act = fc.record({
      what: fc.constantFrom<State | 'retry failed' | 'retry rejected'>(
        ...(['accepted', 'rejected', 'failed', 'retry failed', 'retry rejected'] as const),
      ),
      position: fc.integer({ min: 0, max: 3 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const job = `p${(round += 1)}`;
        const key = { ...KEY, job };
        await plannedJob(temp.db, job, 4);
        const own = leaseOf(job, `${job}-l`);
        await openLease(temp.db, own, LIVES_MS);
        const model = new Map<number, State>();
        for (const { what, position } of acts) {
          const outcome = what === 'retry failed' ? 'failed' : 'rejected';
          if (what.startsWith('retry')) {
            await retryRows(temp.db, TENANT, job, { outcome, rows: [`row-${position}`] }, 'test');
            if (model.get(position) === outcome) model.delete(position);
          } else {
            const { reopened } = await readEnds(temp.db, key, 0, 4);
            const version = reopened.get(position)?.version ?? 0;
            const [written] = await commit([endOf(own, position, what as State, version)]);
            expect(written).toBe(!model.has(position));
            if (written) model.set(position, what as State);
          }
          const of = (state: State) => [...model.values()].filter((one) => one === state).length;
          expect(countsOf((await findStage(temp.db, key))!)).toEqual({
            ...{ planned: 4, accepted: of('accepted'), rejected: of('rejected'), failed: of('failed') },
          });
          expect((await readEnds(temp.db, key, 0, 4)).ended).toEqual(new Set(model.keys()));
        }
      }),
      { numRuns: 20 },
    );
  });
});
