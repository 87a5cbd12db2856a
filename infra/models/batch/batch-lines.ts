/** The lines of a provider batch: requests as they are sent, answers as they come back. */
import { z } from 'zod';
import type { ChatCall, Reply } from '../../../core/calls';
import type { ProviderConfig } from '../../config';
import { findModel } from '../../config-file';
import { isComplaint } from '../complaint';
import { NoAnswer, readReply } from '../openai-replies';
import { wireRequest } from '../openai-requests';
import { judge, type Verdict } from '../verdict';

/** Status of a line that has an error and no response: the request was never answered. */
const UNANSWERED = 400;
const MESSAGE_CHARACTERS_MAX = 2_000;

/** Writes a call as one line; equal calls give equal bytes. The key comes back with the answer. */
export function requestLines(
  provider: ProviderConfig,
  model: string,
): (key: string, request: ChatCall, seed: number | undefined) => string {
  const { capabilities } = findModel({ [provider.name]: provider }, `${provider.name}/${model}`).model;
  const takesSeed = capabilities.includes('seed');
  return (key, request, seed) => {
    const { body } = wireRequest(request, {
      flavour: provider.flavour,
      model,
      seed: takesSeed ? seed : undefined,
    });
    const line = { custom_id: key, method: 'POST', url: '/v1/chat/completions', body };
    return `${JSON.stringify(line)}\n`;
  };
}

const lineSchema = z.object({
  custom_id: z.string(),
  response: z
    .object({ status_code: z.number(), request_id: z.string().nullish(), body: z.unknown() })
    .nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});

/** What a line of an output or error file says about a call. */
export type BatchLine =
  | { readonly key: string; readonly reply: Reply; readonly requestId: string | undefined }
  | { readonly key: string; readonly verdict: Verdict };

/** The request's own content does not matter for how a chat answer is read. */
const CHAT: ChatCall = { kind: 'chat', messages: [], temperature: 0, tokensMax: 0 };

/** @returns undefined for a line that is not of this protocol: its call counts as unanswered */
export function readBatchLine(text: string): BatchLine | undefined {
  const parsed = lineSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { custom_id: key, response, error } = parsed.data;
  if (!response) {
    const body = { error: error ?? { message: 'neither an answer nor an error' } };
    return { key, verdict: judge({ status: UNANSWERED, body, message: error?.message ?? '' }) };
  }
  const { status_code: status, body, request_id: requestId } = response;
  const message = `status ${status}`;
  if (status < 200 || status >= 300) return { key, verdict: judge({ status, body, message }) };
  try {
    if (isComplaint(body)) throw new NoAnswer('an error inside a good status');
    return { key, reply: readReply(CHAT, body), requestId: requestId ?? undefined };
  } catch (fault) {
    if (!(fault instanceof NoAnswer)) throw fault;
    return { key, verdict: judge({ status, body, message: fault.message.slice(0, MESSAGE_CHARACTERS_MAX) }) };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
