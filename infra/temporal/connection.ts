import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { Problem } from '../../core/problem';
import type { Config } from '../config';

const DEFAULT_PORT = 7_233;
const CONNECT_TIMEOUT_MS = 10_000;

/** Where Temporal answers: the named server, or the local stack's. */
export function temporalAddress({ temporal }: Pick<Config, 'temporal'>): string {
  return temporal.address ?? `127.0.0.1:${temporal.port ?? DEFAULT_PORT}`;
}

function unavailable(address: string, error: unknown): Problem {
  const why = error instanceof Error ? error.message : String(error);
  return new Problem(
    'temporal-unavailable',
    `expected a Temporal server at ${address}, got: ${why}. Start one with "perennial dev", or set TEMPORAL_ADDRESS.`,
  );
}

/** A client for starting and steering workflows. Close it by `client.connection.close()`. */
export async function connectClient(config: Pick<Config, 'temporal'>): Promise<Client> {
  const address = temporalAddress(config);
  try {
    const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
    return new Client({ connection, namespace: config.temporal.namespace });
  } catch (error) {
    throw unavailable(address, error);
  }
}

/** A worker's connection. The native library is loaded only here, for processes that run workers. */
export async function connectNative(config: Pick<Config, 'temporal'>): Promise<NativeConnection> {
  const address = temporalAddress(config);
  const worker = await import('@temporalio/worker');
  try {
    return await worker.NativeConnection.connect({ address });
  } catch (error) {
    throw unavailable(address, error);
  }
}
