/**
 * One attempt at one call: undici's `Pool.request`, the whole body read before it resolves. See
 * docs/decisions/008-hot-path.md for why no client library stands between.
 */
import { Pool } from 'undici';
import { JOB_CONCURRENCY_MAX } from '../../core/story/limits';
import type { CallSignal } from './deadline';

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** What a server said. */
export interface Exchange {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

export interface Posted {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: CallSignal;
}

export interface HttpTransport {
  /** @param path with its query. @throws whatever the connection or the signal threw */
  post(path: string, posted: Posted): Promise<Exchange>;
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
    post: async (path, posted) => {
      const response = await pool.request({ path, method: 'POST', ...posted });
      return {
        status: response.statusCode,
        headers: keptHeaders(response.headers),
        text: await response.body.text(),
      };
    },
    close: () => pool.destroy(),
  };
}
