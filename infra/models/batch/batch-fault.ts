import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ModelFault } from '../model-client';
import { scrub } from '../scrub';
import type { CallFault } from '../verdict';

/** What the SDK threw, as a fault that is judged like any other; errors that are not the provider's stay what they are. */
export function toBatchFault(error: unknown, secret: string | undefined): unknown {
  if (error instanceof ModelFault || !(error instanceof Error)) return error;
  const message = scrub(error.message, secret);
  if (error instanceof APIConnectionTimeoutError) return fault({ message, timedOut: true }, error);
  if (error instanceof APIConnectionError || isSocket(error)) {
    const code = codeOf(error);
    return fault({ message, ...(code === undefined ? { cut: true } : { code }) }, error);
  }
  if (!(error instanceof APIError) || error.status === undefined) return error;
  const headers = error.headers instanceof Headers ? Object.fromEntries(error.headers) : {};
  const body: unknown = JSON.parse(
    scrub(JSON.stringify({ error: (error.error as unknown) ?? message }), secret),
  );
  return fault({ status: error.status as number, headers, body, message }, error);
}

const fault = (what: CallFault, cause: Error): ModelFault => new ModelFault(what, { cause });

/** A stream that broke in the middle of a file. */
const isSocket = (error: Error): boolean =>
  /terminated|premature close/i.test(error.message) || codeOf(error) !== undefined;

/** The first code of the error and of what it stands for: `fetch` hides them two levels down. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown[] };
  if (
    typeof code === 'string' &&
    /^(E[A-Z]+|UND_ERR_.*|HPE_.*|CERT_.*|ERR_.*|.*_CERT.*|UNABLE_TO_.*)$/.test(code)
  )
    return code;
  return codeOf(cause ?? errors?.[0], depth + 1);
}
