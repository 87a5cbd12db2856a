/** If these fail, calls of dead batches hold back money for ever, or are counted twice. */
import fc from 'fast-check';
import type { Entry } from '../../../infra/database/commits';
import { readBudget } from '../../../infra/database/control';
import { writeLedger } from '../../../infra/database/ledger-writer';
import {
  closeLease,
  endExpiredLeases,
  type Lease,
  openLease,
  renewLeases,
} from '../../../infra/database/leases';
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
const LIVES_MS = 3_600_000;
const JOBS = ['a', 'b'] as const;
type Job = (typeof JOBS)[number];

const answerOf = (lease: Lease, key: string): Entry => ({
  lease,
  answer: {
    ...{ key, provider: 'p', model: 'm', costUsd: 0.1, priced: true, estimated: false, latencyMs: 5 },
    ...{ requestId: 'r', worst: WORST },
    reply: {
      ...{ text: key, finish: 'stop', refused: false },
      usage: { inputTokens: 7, cachedInputTokens: 0, outputTokens: 3 },
    },
  },
});

let temp: TempDatabase;
const claim = async (lease: Lease, key: string) => {
  const claims = [{ lease, key, provider: 'p', model: 'm', worst: WORST, priced: true }];
  return (await writeLedger(temp.db, { claims })).answers[0]!.state;
};
const commit = (lease: Lease, key: string) => writeLedger(temp.db, { entries: [answerOf(lease, key)] });
const release = (lease: Lease, key: string, paid: 'no' | 'unknown') =>
  writeLedger(temp.db, { releases: [{ lease, key, paid }] });
/** The process behind it is gone; nobody has ended it yet. */
const runOut = (lease: Lease) =>
  temp.db.updateTable('lease').set({ expires_at: 0 }).where('id', '=', lease.id).execute();
const money = async (job: string) => {
  const row = await readBudget(temp.db, TENANT, job);
  for (const part of ['reserved', 'in_doubt'] as const) {
    expect(row[`tokens_${part}`]).toBe(row[`calls_${part}`] * WORST.tokens);
    expect(row[`usd_${part}`]).toBeCloseTo(row[`calls_${part}`] * WORST.usd);
  }
  return { spent: row.calls_spent, reserved: row.calls_reserved, doubt: row.calls_in_doubt };
};
const opened = async (job: string, id: string) => {
  await openLease(temp.db, leaseOf(job, id), LIVES_MS);
  return leaseOf(job, id);
};

describe.each(['sqlite', 'postgres'])('calls of dead batches on %s', (dialect) => {
  let server: TempPostgres | undefined;
  beforeAll(async () => {
    if (dialect === 'postgres') server = await tempPostgres();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => (temp = server ? await emptyDatabase(server.url) : await tempDatabase()));
  afterEach(() => temp.remove());

  it('are in doubt from the moment that another job takes one of them over', async () => {
    for (const job of JOBS) await plannedJob(temp.db, job);
    const [dead, next] = [await opened('a', 'dead'), await opened('b', 'next')];
    await claim(dead, 'k1');
    await claim(dead, 'k2');
    await runOut(dead);
    expect(await claim(next, 'k1')).toBe('claimed');
    expect(await money('a')).toEqual({ spent: 0, reserved: 0, doubt: 2 });
    expect(await money('b')).toEqual({ spent: 0, reserved: 1, doubt: 0 });
    await commit(dead, 'k1'); // too late: the call is not its own any more, and stays in doubt
    await commit(dead, 'k2'); // late, and nobody else has asked it
    await commit(next, 'k1');
    await endExpiredLeases(temp.db);
    await closeLease(temp.db, next);
    expect(await money('a')).toEqual({ spent: 1, reserved: 0, doubt: 1 });
    expect(await money('b')).toEqual({ spent: 1, reserved: 0, doubt: 0 });
  });

  it('are left to a batch that was prolonged meanwhile', async () => {
    for (const job of JOBS) await plannedJob(temp.db, job);
    const [slow, next] = [await opened('a', 'slow'), await opened('b', 'next')];
    await claim(slow, 'k');
    await runOut(slow);
    await renewLeases(temp.db, [slow.id, next.id], LIVES_MS);
    await endExpiredLeases(temp.db);
    expect(await claim(next, 'k')).toBe('elsewhere');
    expect(await money('a')).toEqual({ spent: 0, reserved: 1, doubt: 0 });
  });

  it('are counted once, whoever ends, settles or takes over first', async () => {
    const act = fc.record({
      what: fc.constantFrom('claim', 'claim', 'commit', 'late', 'free', 'doubt', 'run out', 'sweep', 'open'),
      job: fc.constantFrom(...JOBS),
      key: fc.integer({ min: 0, max: 4 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        round += 1;
        const model = new Model(round);
        for (const job of JOBS) {
          await plannedJob(temp.db, model.nameOf(job));
          await openLease(temp.db, model.open(job), LIVES_MS);
        }
        for (const each of acts) {
          await perform(model, each);
          for (const job of JOBS) expect(await money(model.nameOf(job))).toEqual(model.moneyOf(job));
        }
      }),
      { numRuns: 25 },
    );
  });
});

async function perform(model: Model, { what, job, key }: { what: string; job: Job; key: number }) {
  const name = model.keyOf(key);
  const lease = what === 'late' ? model.earlier(job) : model.current(job);
  if (what === 'claim') expect(await claim(lease, name)).toBe(model.claim(lease, name));
  else if (what === 'commit' || what === 'late' || what === 'free' || what === 'doubt') {
    if (!model.asked.delete(`${lease.id} ${name}`)) return; // a batch ends only what it has begun
    if (what === 'free' || what === 'doubt') await release(lease, name, what === 'free' ? 'no' : 'unknown');
    else await commit(lease, name);
    model.settle(lease, name, what === 'late' || what === 'commit' ? 'spent' : what);
  } else if (what === 'run out') {
    await runOut(lease);
    model.dead.add(lease.id);
  } else if (what === 'sweep') {
    await endExpiredLeases(temp.db);
    model.endDead();
  } else {
    await closeLease(temp.db, lease);
    model.end(lease);
    await openLease(temp.db, model.open(job), LIVES_MS);
  }
}

/** The ledger in a few sets: a call is its holder's, and its money is where the holder's lease is. */
class Model {
  readonly dead = new Set<string>();
  /** Lease and key of calls that are on their way. */
  readonly asked = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #leases = new Map<Job, Lease[]>(JOBS.map((job) => [job, []]));
  readonly #calls = new Map<string, Lease | 'answered'>();
  readonly #money = new Map(JOBS.map((job) => [job, { spent: 0, reserved: 0, doubt: 0 }]));

  constructor(private readonly round: number) {}

  nameOf = (job: Job) => `${job}${this.round}`;
  keyOf = (key: number) => `k${this.round}-${key}`;
  moneyOf = (job: Job) => this.#money.get(job)!;
  current = (job: Job) => this.#leases.get(job)!.at(-1)!;
  earlier = (job: Job) => this.#leases.get(job)!.at(-2) ?? this.current(job);

  open(job: Job): Lease {
    const leases = this.#leases.get(job)!;
    const lease = leaseOf(this.nameOf(job), `${this.nameOf(job)}-${leases.length}`);
    leases.push(lease);
    this.endDead(job); // a batch that opens ends the dead ones of its job
    return lease;
  }

  claim(lease: Lease, key: string): 'claimed' | 'answered' | 'elsewhere' {
    const holder = this.#calls.get(key);
    if (holder && holder !== 'answered' && this.dead.has(holder.id)) this.end(holder);
    if (this.dead.has(lease.id) || this.#ended.has(lease.id)) return 'elsewhere';
    if (holder === 'answered') return 'answered';
    if (holder && !this.#ended.has(holder.id)) return 'elsewhere';
    this.#calls.set(key, lease);
    this.asked.add(`${lease.id} ${key}`);
    this.#of(lease).reserved += 1;
    return 'claimed';
  }

  settle(lease: Lease, key: string, how: 'spent' | 'free' | 'doubt'): void {
    const holder = this.#calls.get(key);
    if (holder !== lease && (holder || how !== 'spent')) return; // an answer is kept where nobody holds its call
    const sum = this.#of(lease);
    sum[this.#ended.has(lease.id) ? 'doubt' : 'reserved'] -= 1;
    if (how !== 'free') sum[how] += 1;
    if (how === 'spent') this.#calls.set(key, 'answered');
    else this.#calls.delete(key);
  }

  end(lease: Lease): void {
    if (this.#ended.has(lease.id)) return;
    this.#ended.add(lease.id);
    const held = [...this.#calls.values()].filter((holder) => holder === lease).length;
    this.#of(lease).reserved -= held;
    this.#of(lease).doubt += held;
  }

  endDead(job?: Job): void {
    const leases = job ? this.#leases.get(job)! : [...this.#leases.values()].flat();
    for (const lease of leases) if (this.dead.has(lease.id)) this.end(lease);
  }

  #of = (lease: Lease) => this.#money.get(lease.job[0] as Job)!;
}
