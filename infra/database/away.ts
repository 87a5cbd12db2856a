/** What kind of trouble a storage error is: the disk is full, or the database is away and comes back by itself. */

const FULL_CODE = /^(ENOSPC|EDQUOT|SQLITE_FULL|53100)$/;
const FULL_WORDS = /no space left on device|database or disk is full/i;
const AWAY_CODE =
  /^(SQLITE_(BUSY|LOCKED|IOERR|PROTOCOL|CANTOPEN)\w*|ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EMFILE|ENFILE|EIO|57P0[123]|53300|08\w{3}|40001|40P01)$/;
const AWAY_WORDS =
  /database is locked|Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable/i;

export function isFull(error: Error): boolean {
  return withCause(error).some((fault) => FULL_CODE.test(codeOf(fault)) || FULL_WORDS.test(fault.message));
}

export function isAway(error: Error): boolean {
  return withCause(error).some((fault) => AWAY_CODE.test(codeOf(fault)) || AWAY_WORDS.test(fault.message));
}

const withCause = (error: Error): Error[] => [error, ...(error.cause instanceof Error ? [error.cause] : [])];

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
