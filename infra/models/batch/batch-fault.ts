import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ModelFault } from '../model-client';
import { scrub } from '../scrub';
import type { CallFault } from '../verdict';

/** `fetch` hides what the system said two levels down. */
const CAUSES_MAX = 4;
const SYSTEM_CODE = /^(E[A-Z]+|UND_ERR_.*|HPE_.*|ERR_.*|CERT_.*|.*_CERT.*|UNABLE_TO_.*)$/;
const STREAM_CUT = /terminated|premature close|aborted/i;

/** What the SDK threw, as a fault that is judged like any other; errors that are not the provider's stay what they are. */
export function toBatchFault(error: unknown, secret: string | undefined): unknown {
  if (error instanceof ModelFault || typeof error !== 'object' || error === null) return error;
  const message = scrub(String((error as { message?: unknown }).message ?? ''), secret);
  const fault = (what: Omit<CallFault, 'message'>) => new ModelFault({ message, ...what }, { cause: error });
  if (error instanceof APIConnectionTimeoutError) return fault({ timedOut: true });
  if (error instanceof APIError && error.status !== undefined) {
    const headers = error.headers instanceof Headers ? Object.fromEntries(error.headers) : {};
    const body = scrub(JSON.stringify({ error: (error.error as unknown) ?? message }), secret);
    return fault({ status: error.status as number, headers, body: JSON.parse(body) as unknown });
  }
  const code = codeOf(error);
  if (code !== undefined) return fault({ code });
  return error instanceof APIConnectionError || STREAM_CUT.test(message) ? fault({ cut: true }) : error;
}

/** The first code of the error and of what it stands for. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > CAUSES_MAX) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown[] };
  if (typeof code === 'string' && SYSTEM_CODE.test(code)) return code;
  return codeOf(cause ?? errors?.[0], depth + 1);
}
