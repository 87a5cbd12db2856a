/** The one way calls are claimed, answers written and claims given back: many wishes of many rows, together in one transaction. */
import { lockBudgets } from './budget';
import { type Claim, type ClaimAnswer, claimCalls, findCalls } from './claims';
import { commitEntries, type Entry } from './commits';
import { holdLeases } from './leases';
import type { LedgerWrite } from './ledger-write';
import type { Database } from './open-database';
import { type Release, releaseClaims } from './releases';

/** Claims come last: what the others free of a budget may be claimed at once. */
export interface LedgerWork {
  readonly entries?: readonly Entry[];
  readonly releases?: readonly Release[];
  readonly claims?: readonly Claim[];
  /**
   * A time that no other work of this process has. A work whose commit was answered by nobody is written again with the
   * same one, and knows by it what the first write has done.
   */
  readonly asOf?: number;
}
export interface LedgerResult {
  /** For each entry, whether its row's end stands in the ledger because of it. */
  readonly written: readonly boolean[];
  readonly answers: readonly ClaimAnswer[];
}

export async function writeLedger(
  db: Database,
  { entries = [], releases = [], claims = [], asOf }: LedgerWork,
  now = Date.now(),
): Promise<LedgerResult> {
  return db.transaction().execute(async (tx) => {
    const { dialect } = db;
    const found = await findCalls(tx, dialect, claims, now);
    const own = [...entries, ...releases, ...claims].map(({ lease }) => lease);
    await lockBudgets(tx, dialect, [...own, ...found.dead]);
    const write: LedgerWrite = { tx, dialect, leases: await holdLeases(tx, dialect, own), now, asOf };
    const written = await commitEntries(write, entries);
    await releaseClaims(write, releases);
    return { written, answers: await claimCalls(write, found, claims) };
  });
}
