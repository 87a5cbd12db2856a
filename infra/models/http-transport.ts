/**
 * The `fetch` under the openai SDK: undici's `Pool.request` with the whole body read before it resolves. The SDK's own
 * transport costs half the throughput at 512 calls in flight, and its timeout ends at the headers.
 */
import { Pool } from 'undici';
import { JOB_CONCURRENCY_MAX } from '../../core/story/limits';
import type { CallSignal } from './deadline';

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** What one exchange leaves behind, filled in by the transport; one a call. */
export interface Exchange {
  readonly signal: CallSignal;
  /** Sent as they are: building the SDK's own for every call costs more than the call. */
  readonly requestHeaders: Record<string, string>;
  status?: number;
  headers?: Record<string, string>;
  text?: string;
  error?: unknown;
}

/** The init the SDK hands on, with the exchange that `fetchOptions` carried through it. */
type TransportInit = RequestInit & { readonly exchange?: Exchange };

export interface HttpTransport {
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/** Headers worth keeping: waits, limits, ids and the server's clock. Cookies and the like stay out of the ledger. */
const KEPT =
  /^(x-ratelimit-|retry-after|x-request-id$|apim-request-id$|x-ms-request-id$|request-id$|cf-ray$|date$|content-type$|location$)/;

function keptHeaders(all: Record<string, string | string[] | undefined>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in all) {
    const value = all[name];
    if (value !== undefined && KEPT.test(name))
      kept[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return kept;
}

/** The few members of Response that the SDK touches; the text is kept once, in the exchange. */
class WholeResponse {
  readonly ok: boolean;
  readonly body = null;
  readonly headers: { get(name: string): string | null; entries(): IterableIterator<[string, string]> };

  constructor(
    readonly url: string,
    readonly status: number,
    private readonly content: string,
    headers: Record<string, string>,
  ) {
    this.ok = status >= 200 && status < 300;
    this.headers = {
      get: (name) => headers[name.toLowerCase()] ?? null,
      entries: () => new Map(Object.entries(headers)).entries(),
    };
  }

  text(): Promise<string> {
    return Promise.resolve(this.content);
  }
}

/** One pool of connections to the origin of `baseUrl`. */
export function httpTransport(options: { baseUrl: string; connectionsMax?: number }): HttpTransport {
  const pool = new Pool(new URL(options.baseUrl).origin, {
    connections: Math.min(options.connectionsMax ?? JOB_CONCURRENCY_MAX, JOB_CONCURRENCY_MAX),
    pipelining: 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The caller's deadline covers headers and body.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    fetch: async (url, init: TransportInit = {}) => {
      const exchange = init.exchange;
      if (exchange === undefined || typeof url !== 'string')
        throw new TypeError('expected a call with its exchange');
      try {
        const place = url.indexOf('/', url.indexOf('//') + 2);
        const response = await pool.request({
          path: url.slice(place),
          method: 'POST',
          headers: exchange.requestHeaders,
          body: (init.body as string | null | undefined) ?? null,
          signal: exchange.signal,
        });
        exchange.status = response.statusCode;
        exchange.headers = keptHeaders(response.headers);
        exchange.text = await response.body.text();
        return new WholeResponse(
          url,
          response.statusCode,
          exchange.text,
          exchange.headers,
        ) as unknown as Response;
      } catch (error) {
        exchange.error = error;
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}
