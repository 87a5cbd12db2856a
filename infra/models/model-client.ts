/** What the broker asks of any model, wherever it runs. */
import type { ModelRequest, Reply } from '../../core/calls';
import { judge, type CallFault, type Verdict } from './verdict';

export interface SendOptions {
  /** The model's name as its provider knows it. */
  readonly model: string;
  /** Sent where the model takes seeds. */
  readonly seed?: number;
  /** Ends the call at once; `send` then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** From send to last byte. */
  readonly timeoutMs: number;
  /** The caller's name for this request, sent as `x-client-request-id`. */
  readonly userKey: string;
}

export interface Answer {
  readonly reply: Reply;
  /** The provider's own name for the request. */
  readonly requestId?: string;
  readonly latencyMs: number;
  /** Rate limits and request ids, names in lower case. */
  readonly headers: Record<string, string>;
}

export interface ModelClient {
  /** One attempt: no retries here. Throws {@link ModelFault}, or the signal's reason. */
  send(request: ModelRequest, options: SendOptions): Promise<Answer>;
  /** Ends open connections; calls in flight fail. */
  close(): Promise<void>;
}

/** A call without a usable answer, and what that means. */
export class ModelFault extends Error {
  readonly verdict: Verdict;

  constructor(
    readonly fault: CallFault,
    options?: { cause?: unknown },
  ) {
    const verdict = judge(fault);
    super(verdict.message, options);
    this.name = 'ModelFault';
    this.verdict = verdict;
  }
}
