/** Temporal's dev server on a database file of ours. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { Problem } from '../../core/problem';
import type { FoundTemporal } from './find-temporal';

const HEALTHY_WITHIN_MS = 60_000;
const HEALTHY_POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;

export interface DevServer {
  readonly binary: FoundTemporal;
  /** Holds all histories; kept between starts. */
  readonly databaseFile: string;
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
}

/** Default pragmas are 5 to 7 times slower; fairness lets a small job pass a large one. */
export function devServerArguments(server: DevServer): string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(server.port),
      '--ui-port',
      String(server.uiPort),
    ],
    ...[
      '--db-filename',
      server.databaseFile,
      '--sqlite-pragma',
      'journal_mode=wal',
      '--sqlite-pragma',
      'synchronous=normal',
    ],
    ...['--ui-disable-news-fetch', '--dynamic-config-value', 'matching.enableFairness=true'],
    ...['--namespace', server.namespace, '--log-level', 'warn'],
  ];
}

/** The dev server does not migrate its file between minor versions: said before it starts, and noted for the next time. */
export function claimDatabaseFile(server: Pick<DevServer, 'binary' | 'databaseFile'>): void {
  const note = `${server.databaseFile}.version`;
  const minor = minorOf(server.binary.version);
  const written =
    existsSync(server.databaseFile) && existsSync(note) ? readFileSync(note, 'utf8').trim() : minor;
  if (written !== minor) {
    throw new Problem(
      'temporal-file-version',
      `${server.databaseFile}: expected a file of Temporal CLI ${minor}, got one of ${written}. Rename it and start again: jobs live on in the ledger, only the histories of closed ones are lost; or set TEMPORAL_CLI_PATH to a ${written} binary.`,
    );
  }
  mkdirSync(dirname(server.databaseFile), { recursive: true });
  writeFileSync(note, `${minor}\n`);
}

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/** A refused gRPC connection waits a second before its next try; a bare socket tells at once when somebody listens. */
function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: PROBE_TIMEOUT_MS });
    const settle = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}

/** Waits until the server answers; `hasFailed` ends the wait early. The caller closes the connection. */
export async function connectWhenHealthy(
  address: string,
  hasFailed: () => Error | undefined,
): Promise<Connection> {
  const deadline = performance.now() + HEALTHY_WITHIN_MS;
  for (let got = 'nothing that listens'; ; await sleep(HEALTHY_POLL_MS)) {
    if (await listens(address)) {
      try {
        return await Connection.connect({ address, connectTimeout: PROBE_TIMEOUT_MS });
      } catch (error) {
        got = String(error);
      }
    }
    const failure = hasFailed();
    if (failure !== undefined) throw failure;
    if (performance.now() < deadline) continue;
    throw new Problem(
      'temporal-unavailable',
      `expected Temporal at ${address} to answer within ${HEALTHY_WITHIN_MS / 1000} s, got ${got}. Read its log.`,
    );
  }
}
