/** Writes the ledger of a generator on SQLite, whose driver blocks its thread: calls must not wait for it. */
import { loadConfig } from '../infra/config';
import { type LedgerResult, type LedgerWork, writeLedger } from '../infra/database/ledger-writer';
import { type Database, openDatabase } from '../infra/database/open-database';

/** Errors travel as data: their codes do not survive the crossing. */
export type LedgerAnswer =
  | { readonly result: LedgerResult }
  | { readonly error: { readonly message: string; readonly stack?: string; readonly code?: unknown } };

let opened: Promise<Database> | undefined;

function open(): Promise<Database> {
  opened ??= openDatabase(loadConfig().databaseUrl);
  opened.catch(() => (opened = undefined)); // a database that is away now may be there at the next attempt
  return opened;
}

export async function writeInThread(work: LedgerWork): Promise<LedgerAnswer> {
  try {
    return { result: await writeLedger(await open(), work) };
  } catch (error) {
    if (!(error instanceof Error)) return { error: { message: String(error) } };
    const { message, stack } = error;
    return {
      error: { message, ...(stack === undefined ? {} : { stack }), code: (error as { code?: unknown }).code },
    };
  }
}
