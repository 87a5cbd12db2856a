// typical: 60 s
/** If these fail, several generators overrun what one job may do, or a killed one takes rows with it. */
import { randomInt } from 'node:crypto';
import { mulberry32 } from '../../core/random';
import { openDatabase } from '../../infra/database/open-database';
import { expectPromisesKept } from '../support/invariants';
import { MockProcess } from '../support/mock-process';
import { type TempPostgres, tempPostgres } from '../support/temp-postgres';
import { type JobSeen, TestStack } from '../support/test-stack';
import { until } from '../support/until';

const ROWS = 6_000;
const CONCURRENCY = 48;
const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));
const random = mulberry32(seed);

let mock: MockProcess;
let postgres: TempPostgres;
beforeAll(async () => {
  console.log(`chaos seed ${seed}`);
  mock = await MockProcess.start(100);
  postgres = await tempPostgres();
}, 60_000);
afterAll(async () => {
  mock.stop();
  await postgres.stop();
});

it.each(['sqlite', 'postgres'] as const)(
  'three generators on %s share one job’s calls, and the kill -9 of one costs nothing but its calls in flight',
  async (dialect) => {
    await mock.control({ reset: true });
    const stack = await TestStack.create(mock.config(), {
      MINE_API_KEY: 'right',
      PERENNIAL_GENERATORS: '3',
      ...(dialect === 'postgres' ? { PERENNIAL_DATABASE_URL: postgres.url } : {}),
    });
    const db = await stack
      .start()
      .then(() => openDatabase(dialect === 'postgres' ? postgres.url : stack.databaseUrl));
    try {
      const { body } = await stack.post<JobSeen>('/jobs', {
        strategy: 'prompt-template',
        params: { template: `${dialect} {topic}.`, samples: ROWS / 100 },
        inputs: { rows: Array.from({ length: 100 }, (_, i) => ({ topic: `topic ${i}` })) },
        models: { generator: 'mine/m' },
        concurrency: CONCURRENCY,
      });
      const rows = Math.floor(ROWS * (0.1 + 0.5 * (random.next() / 2 ** 32)));
      await until(async () => ((await stack.job(body.id)).rows.accepted >= rows ? true : undefined), {
        what: `${rows} rows`,
      });
      // Temporal hands batches to whoever asks first: one worker alone may hold the first ones.
      const sharing = async (): Promise<true | undefined> => {
        const workers = await db.selectFrom('lease').select('worker').distinct().execute();
        return workers.length >= 2 ? true : undefined;
      };
      await until(sharing, { what: 'two workers with a lease' });
      stack.kill(`generator-${1 + (random.next() % 3)}`);
      const job = await stack.waitFor(body.id, ['succeeded', 'failed', 'blocked']);
      expect(job).toMatchObject({ state: 'succeeded' });
      await expectPromisesKept(db, job);
      // A third, as a rule; all that was in flight where the others had only just come, and half as much claimed ahead.
      expect(job.cost.callsRepeated).toBeLessThanOrEqual(1.5 * CONCURRENCY);
      // While a worker comes or goes, the others may not know of it for a moment.
      expect((await mock.stats()).inFlightMax).toBeLessThanOrEqual(2 * CONCURRENCY);
    } finally {
      await db.destroy();
      await stack.remove();
    }
  },
  180_000,
);
