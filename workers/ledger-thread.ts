/** Writes the ledger of a generator on SQLite, whose driver blocks its thread: calls must not wait for it. */
import { loadConfig } from '../infra/config';
import { type Ledger, ledgerOn } from '../infra/database/ledger';
import { openDatabase } from '../infra/database/open-database';

export interface LedgerCall {
  readonly name: keyof Ledger;
  readonly args: readonly unknown[];
}
/** Errors travel as data: their codes do not survive the crossing. */
export type LedgerAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly message: string; readonly stack?: string; readonly code?: unknown } };

let opened: Promise<Ledger> | undefined;

function open(): Promise<Ledger> {
  opened ??= openDatabase(loadConfig().databaseUrl).then(ledgerOn);
  opened.catch(() => (opened = undefined)); // a database that is away now may be there at the next attempt
  return opened;
}

export async function runInThread({ name, args }: LedgerCall): Promise<LedgerAnswer> {
  try {
    const ledger = await open();
    const act = ledger[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return { result: await act(...args) };
  } catch (error) {
    if (!(error instanceof Error)) return { error: { message: String(error) } };
    const { message, stack } = error;
    const { code } = error as { code?: unknown };
    return { error: { message, ...(stack === undefined ? {} : { stack }), code } };
  }
}
