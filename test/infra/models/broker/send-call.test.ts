/** If these fail, a cap does not hold, a job hangs after an outage, or a person cannot tell why their job waits. */
import type { CallRequest } from '../../../../core/calls';
import type { Prices } from '../../../../core/price';
import type { Budget } from '../../../../core/job-body';
import { GATE_INSIDE_MS } from '../../../../core/story/limits';
import { readBudget, writeBudget } from '../../../../infra/database/control';
import { ledgerOn } from '../../../../infra/database/ledger';
import { createBroker } from '../../../../infra/models/broker/broker';
import { sendCall } from '../../../../infra/models/broker/send-call';
import type { BatchSession } from '../../../../infra/models/broker/session';
import type { Target } from '../../../../infra/models/broker/target';
import { Limiter } from '../../../../infra/models/limiter';
import { judge } from '../../../../infra/models/verdict';
import { plannedJob, type TempDatabase, tempDatabase, TENANT } from '../../../support/temp-database';

const CALL: CallRequest = {
  role: 'generator',
  request: { kind: 'chat', messages: [{ role: 'user', content: 'Hi.' }], temperature: 0, tokensMax: 8 },
};
const DRAW = { seed: 1, ordinal: 0, redraw: 0, version: 0 };

let temp: TempDatabase;
let session: BatchSession;
beforeEach(async () => (temp = await tempDatabase()));
afterEach(async () => {
  await session.close();
  await temp.remove();
});

/** A batch of job `j`, and the model that it may call. */
const openSession = async (more: object) => {
  const target = {
    ...{ name: 'mine/m', provider: 'mine', model: 'm', identity: { provider: 'mine', model: 'm' } },
    ...more,
  } as unknown as Target;
  const broker = createBroker({ db: temp.db, worker: 'w', ledger: ledgerOn(temp.db) });
  const lease = { tenant: TENANT, job: 'j', epoch: 0, stage: 'generate', plan: 0, from: 0 };
  const facts = { tenant: TENANT, targets: new Map([['generator', target]]), badRowShareMax: 1 };
  session = (await broker.open(lease, facts)) as BatchSession;
};

/** A batch of a job whose model may not be called: nothing is to be sent in these tests. */
const sendUnder = async (budget: Budget, prices?: Prices) => {
  await plannedJob(temp.db, 'j');
  await writeBudget(temp.db, TENANT, 'j', budget, 'test');
  await openSession({
    prices,
    client: { send: () => Promise.reject(new Error('a call was sent')) },
    limiter: { gone: () => undefined, gateMs: () => 0 },
  });
  expect(await sendCall(session, CALL, DRAW)).toEqual({ stopped: true });
  expect(await readBudget(temp.db, TENANT, 'j')).toMatchObject({ calls_reserved: 0, calls_in_doubt: 0 });
  return session.stopped!.block!;
};

it('sends nothing to a model without a price under a cap in dollars, and says what to do', async () => {
  const { code, message, asWritten } = await sendUnder({ usd: 1_000 });
  expect(code).toBe('budget-reached');
  expect(message).toContain('mine/m has no price on this worker');
  expect(message).toContain('perennial resume j');
  expect(asWritten).toBe(true); // the numbers of the moment would say that there is money left
});

it('says what is spent of which cap, and what to type', async () => {
  const { code, message, asWritten } = await sendUnder({ tokens: 10 });
  expect([code, asWritten]).toEqual(['budget-reached', undefined]);
  expect(message).toMatch(/0 tokens is spent, of 10 tokens allowed; .*perennial resume j --budget-tokens/);
});

it('finds out that an endpoint lives again, also after an outage that has made the pauses long', async () => {
  await plannedJob(temp.db, 'j');
  let nowMs = 0;
  const limiter = new Limiter('m', { now: () => nowMs, after: () => () => undefined });
  const verdict = judge({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' });
  const { signal } = new AbortController();
  while (limiter.gateMs() <= GATE_INSIDE_MS) {
    nowMs += limiter.gateMs();
    const permit = await limiter.acquire({ tenant: TENANT, job: 'j', tokens: 1, signal });
    permit.end({ kind: 'fault', verdict });
  }
  nowMs += limiter.gateMs();
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
  const reply = { text: 'Hello.', finish: 'stop', refused: false, usage };
  await openSession({
    limiter,
    client: { send: () => Promise.resolve({ reply, latencyMs: 1, headers: {} }) },
  });
  expect(await sendCall(session, CALL, DRAW)).toMatchObject({ reply });
  expect(limiter.isDown()).toBe(false);
});
