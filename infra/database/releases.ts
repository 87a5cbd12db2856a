import { type Amount, addAmounts, NO_AMOUNT } from '../../core/price';
import { expectReads, giveBackTo } from './budget';
import { type Lease, PROVIDER_BATCH_WORKER } from './leases';
import type { LedgerWrite } from './ledger-write';
import { perDialect, Prepared } from './prepared';

/** A call that was not answered and will not be sent again by this batch. */
export interface Release {
  readonly lease: Lease;
  readonly key: string;
  /** `unknown` leaves its worst case in doubt. */
  readonly paid: 'no' | 'unknown';
}

const statements = perDialect((dialect) => ({
  remove: new Prepared<{ tokens: number; usd: number }>(
    dialect,
    `delete from call where tenant = ? and key = ? and lease = ? and state = 'claimed' ` +
      'returning reserved_tokens as tokens, reserved_usd as usd',
  ),
}));

interface GivenBack {
  readonly of: Release;
  readonly amount: Amount;
}

/** Takes claims out of the ledger; one that is answered or was taken over stays as it is. */
export async function releaseClaims(
  { tx, dialect, leases }: LedgerWrite,
  releases: readonly Release[],
): Promise<void> {
  const byBudget = new Map<string, GivenBack>();
  for (const release of releases) {
    const { lease, key, paid } = release;
    const [gone] = await statements(dialect).remove.run(tx, [lease.tenant, key, lease.id]);
    if (!gone) continue;
    const name = `${lease.id} ${paid}`;
    const before = byBudget.get(name)?.amount ?? NO_AMOUNT;
    byBudget.set(name, { of: release, amount: addAmounts(before, { calls: 1, ...gone }) });
  }
  for (const { of, amount } of byBudget.values()) {
    const { lease, paid } = of;
    await giveBackTo(tx, lease, amount, { held: leases.has(lease.id), paid });
    if (lease.worker === PROVIDER_BATCH_WORKER) await expectReads(tx, lease, -amount.calls);
  }
}
