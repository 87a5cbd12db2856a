// typical: 200 s
/** If these fail, `kill -9` costs a user finished rows, money, or the night. */
import { randomInt } from 'node:crypto';
import { mulberry32 } from '../../core/random';
import { openDatabase } from '../../infra/database/open-database';
import { expectPromisesKept, sortedDataset } from '../support/invariants';
import { MockProcess } from '../support/mock-process';
import { type JobSeen, TestStack } from '../support/test-stack';
import { until } from '../support/until';

const ROWS = 2_000;
const LATENCY_MS = 100;
const BODY = {
  strategy: 'prompt-template',
  params: { template: 'Tell a short story about {animal} in {place}.', samples: 20 },
  inputs: {
    rows: Array.from({ length: ROWS / 20 }, (_, i) => ({ animal: `animal ${i}`, place: `place ${i % 7}` })),
  },
  models: { generator: 'mine/m' },
  seed: 7,
};

// A failing moment can be had again: CHAOS_SEED=<seed>.
const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));
const random = mulberry32(seed);

let mock: MockProcess;
let undisturbed: { lines: number; sha256: string };

async function withStack<T>(use: (stack: TestStack) => Promise<T>): Promise<T> {
  const stack = await TestStack.create(mock.config(), { MINE_API_KEY: 'right' });
  try {
    await stack.start();
    return await use(stack);
  } finally {
    await stack.remove();
  }
}

async function submit(stack: TestStack): Promise<string> {
  const { status, body } = await stack.post<JobSeen>('/jobs', BODY);
  expect(status).toBe(201);
  return body.id;
}

beforeAll(async () => {
  console.log(`chaos seed ${seed}`);
  mock = await MockProcess.start(LATENCY_MS);
  undisturbed = await withStack(async (stack) => {
    const id = await submit(stack);
    await stack.waitFor(id, ['succeeded']);
    return sortedDataset(stack, id);
  });
  expect(undisturbed.lines).toBe(ROWS);
}, 180_000);
afterAll(() => mock.stop());

it.each(['generator', 'orchestrator', 'api', 'temporal', 'everything'])(
  'goes on by itself after kill -9 of %s, and pays for nothing twice [nothing finished is lost] [nothing is paid twice]',
  async (victim) => {
    await withStack(async (stack) => {
      const before = await mock.stats();
      const id = await submit(stack);
      const rows = Math.floor(ROWS * (0.1 + 0.7 * (random.next() / 2 ** 32)));
      await until(async () => ((await stack.job(id)).rows.accepted >= rows ? true : undefined), {
        what: `${rows} rows`,
      });
      if (victim === 'everything') await stack.killAll();
      else stack.kill(victim);
      // What the mock had been asked when nobody could ask any more, against what the ledger then had.
      const killsCalls = victim === 'everything' || victim === 'generator';
      const db = await openDatabase(stack.databaseUrl);
      try {
        const asked = (await mock.stats()).requests - before.requests;
        const committed = await db.selectFrom('call').select('key').where('state', '=', 'answered').execute();
        if (victim === 'everything') await stack.start();
        const job = await stack.waitFor(id, ['succeeded', 'failed', 'blocked']);
        expect(job).toMatchObject({ state: 'succeeded' });
        await expectPromisesKept(db, job);
        const sentAgain = (await mock.stats()).requests - before.requests - ROWS;
        console.log(
          `${victim} killed at ${rows} rows: ${asked - committed.length} uncommitted, ${sentAgain} sent again`,
        );
        expect(sentAgain).toBeLessThanOrEqual(killsCalls ? asked - committed.length : 0);
        // A claim whose request had not left the process yet counts as well: nobody can know.
        expect(job.cost.callsRepeated).toBeGreaterThanOrEqual(sentAgain);
        expect(await sortedDataset(stack, id)).toEqual(undisturbed);
      } finally {
        await db.destroy();
      }
    });
  },
  180_000,
);
