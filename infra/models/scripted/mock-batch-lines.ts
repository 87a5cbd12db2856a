/** Lines of a mock batch's files. */
import type { Usage } from '../../../core/calls';

export type BatchLineEnd = { readonly body: string; readonly usage: Usage } | { readonly wrong: string };

export interface AnsweredLine {
  readonly ok: boolean;
  readonly line: string;
  /** The request's body as a single call would have sent it. */
  readonly body: string;
  /** Of an answer. */
  readonly usage?: Usage;
}

const SERVER_ERROR = {
  message: 'The server had an error while processing your request.',
  type: 'server_error',
};

/**
 * @param undone why the batch ended before this request, if it did
 * @param fails true for a request that the provider could not answer
 */
export function answerBatchLine(
  text: string,
  answer: (body: unknown) => BatchLineEnd,
  undone: string | undefined,
  fails: boolean,
): AnsweredLine {
  const { custom_id, body } = JSON.parse(text) as { custom_id: string; body: unknown };
  const sent = JSON.stringify(body);
  const line = (ok: boolean, response: unknown, error: unknown): AnsweredLine => ({
    ok,
    line: JSON.stringify({ id: `batch_req_${custom_id.slice(0, 8)}`, custom_id, response, error }),
    body: sent,
  });
  if (undone !== undefined)
    return line(false, null, {
      code: undone,
      message: 'This request could not be executed before the batch ended.',
    });
  if (fails) return line(false, { status_code: 500, request_id: '', body: { error: SERVER_ERROR } }, null);
  const end = answer(body);
  if ('wrong' in end)
    return line(false, { status_code: 400, request_id: '', body: { error: { message: end.wrong } } }, null);
  const answered = { status_code: 200, request_id: `req_${custom_id.slice(0, 8)}` };
  return { ...line(true, { ...answered, body: JSON.parse(end.body) as unknown }, null), usage: end.usage };
}
