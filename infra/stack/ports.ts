import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { Problem } from '../../core/problem';

const IDENTIFY_TIMEOUT_MS = 1_000;
/** Where "any free port" is looked for: below what systems give to outgoing connections, which could take a port between our look and its use. */
const FREE_FROM = 20_000;
const FREE_TO = 32_000;
const FREE_TRIES = 100;

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

async function listenOnAny(host: string): Promise<Server> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await listen(host, randomInt(FREE_FROM, FREE_TO));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === FREE_TRIES) throw error;
    }
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listening server has no port');
  return address.port;
}

export interface PortWish {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** The variable that changes it. */
  readonly setting: string;
}

/** Settles every port at once, holding all until the last is found so that no two are the same. */
export async function settlePorts<Name extends string>(
  wishes: Readonly<Record<Name, PortWish>>,
): Promise<Record<Name, number>> {
  const held: Server[] = [];
  const ports: [string, number][] = [];
  try {
    for (const [name, wish] of Object.entries<PortWish>(wishes)) {
      const listening = wish.port === 0 ? listenOnAny(wish.host) : listen(wish.host, wish.port);
      const server = await listening.catch((error: NodeJS.ErrnoException) => refuse(wish, error));
      held.push(server);
      ports.push([name, portOf(server)]);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
  return Object.fromEntries(ports) as Record<Name, number>;
}

async function refuse(wish: PortWish, error: NodeJS.ErrnoException): Promise<never> {
  if (error.code !== 'EADDRINUSE') {
    throw new Problem(
      'port-unusable',
      `${wish.setting}: expected to listen on ${wish.host}:${wish.port}, got ${error.code ?? error.message}. Choose another.`,
      wish.setting,
    );
  }
  const ours = (await isOurs(wish))
    ? ' A Perennial stack of another folder runs there: stop it, or give this one other ports.'
    : '';
  throw new Problem(
    'port-occupied',
    `port ${wish.port} on ${wish.host}: expected it to be free, got another program listening there.${ours} Set ${wish.setting} to another port, or to 0 for any free one.`,
    wish.setting,
  );
}

/** Our API names itself in every error it answers, here for a route that does not exist. */
async function isOurs({ host, port }: PortWish): Promise<boolean> {
  try {
    const answer = await fetch(`http://${host}:${port}/v1/nothing`, {
      signal: AbortSignal.timeout(IDENTIFY_TIMEOUT_MS),
    });
    return /urn:perennial:/.test(await answer.text());
  } catch {
    return false;
  }
}
