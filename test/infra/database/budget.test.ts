/** If these fail, a cap is passed, or a person is told another number than the one that stopped the job. */
import { budgetReached } from '../../../core/budget-reached';
import { NO_AMOUNT } from '../../../core/price';
import { type OverBudget, refuseCall } from '../../../infra/database/budget';
import { type BudgetRow, readBudget, writeBudget } from '../../../infra/database/control';
import { plannedJob, type TempDatabase, tempDatabase, TENANT } from '../../support/temp-database';

const WORST = { calls: 1, tokens: 100, usd: 0.5 };
const CALL = { worst: WORST, priced: true };
let temp: TempDatabase;
beforeEach(async () => (temp = await tempDatabase()));
afterEach(() => temp.remove());

const budget = async (caps: { calls?: number; tokens?: number; usd?: number }, row: Partial<BudgetRow>) => {
  await plannedJob(temp.db, 'j');
  await writeBudget(temp.db, TENANT, 'j', caps, 'test');
  return { ...(await readBudget(temp.db, TENANT, 'j')), ...row };
};

test.each([
  ['calls', { calls: 3 }, { calls_spent: 1, calls_in_doubt: 1 }],
  ['tokens', { tokens: 300 }, { tokens_spent: 50, tokens_reserved: 150 }],
  ['usd', { usd: 2 }, { usd_spent: 1.25, usd_in_doubt: 0.25 }],
])('a cap on %s holds the call that fills it, and not one more', async (_unit, caps, used) => {
  const row = await budget(caps, used);
  expect(refuseCall(row, NO_AMOUNT, CALL)).toBeUndefined();
  expect(refuseCall(row, WORST, CALL)).toMatchObject({ state: 'over-budget', waiting: true });
});

test('a job at its cap is told what is spent and in doubt, and what to type', async () => {
  const row = await budget({ usd: 2 }, { usd_spent: 1.5, usd_in_doubt: 0.25 });
  const refusal = refuseCall(row, NO_AMOUNT, CALL);
  expect(refusal).toMatchObject({ state: 'over-budget', waiting: false });
  expect(budgetReached('j', (refusal as OverBudget).uses)).toMatch(
    /\$1\.5 is spent and \$0\.25 is in doubt .* of \$2 allowed.*perennial resume j --budget-usd/,
  );
});

test('a cap in dollars holds no call of unknown price; caps on calls and tokens do', async () => {
  const call = { worst: { ...WORST, usd: 0 }, priced: false };
  const row = await budget({ usd: 1_000_000 }, {});
  expect(refuseCall(row, NO_AMOUNT, call)).toEqual({ state: 'unpriced' });
  expect(refuseCall({ ...row, usd_max: null, calls_max: 1 }, NO_AMOUNT, call)).toBeUndefined();
});
