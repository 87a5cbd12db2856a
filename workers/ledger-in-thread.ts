import { join } from 'node:path';
import Piscina from 'piscina';
import type { Ledger } from '../infra/database/ledger';
import type { LedgerAnswer, LedgerCall } from './ledger-thread';

/**
 * The thread goes back to its event loop between tasks: only there does the SQLite driver free the rows it has given out.
 * Waiting on shared memory instead, it grew by 450 MB in a million rows.
 */
const WAITS = 'disabled';

/** A ledger on a thread of its own: calls, answers and heartbeats go on while it writes. */
export function ledgerInThread(): { readonly ledger: Ledger; close(): Promise<void> } {
  const pool = new Piscina({
    filename: join(__dirname, 'ledger-thread.js'),
    minThreads: 1,
    maxThreads: 1,
    atomics: WAITS,
  });
  const through =
    <Name extends keyof Ledger>(name: Name) =>
    async (...args: Parameters<Ledger[Name]>): Promise<Awaited<ReturnType<Ledger[Name]>>> => {
      const call: LedgerCall = { name, args };
      const answer = (await pool.run(call, { name: 'runInThread' })) as LedgerAnswer;
      if ('result' in answer) return answer.result as Awaited<ReturnType<Ledger[Name]>>;
      throw Object.assign(new Error(answer.error.message), answer.error);
    };
  return {
    ledger: {
      write: through('write'),
      openLease: through('openLease'),
      closeLease: through('closeLease'),
      renewLeases: through('renewLeases'),
      exchangeLimits: through('exchangeLimits'),
    },
    close: () => pool.destroy(),
  };
}
