import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { settlePorts } from '../../../infra/stack/ports';

const host = '127.0.0.1';
let server: Server;
let taken: number;
let answer = '';
beforeAll(async () => {
  server = createServer((_, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  taken = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it('finds free ports, all different', async () => {
  const wish = { host, port: 0, setting: 'X' };
  const ports = Object.values(await settlePorts({ a: wish, b: wish, c: wish }));
  expect(new Set(ports).size).toBe(3);
});

it('names the occupied port and the setting that changes it', async () => {
  answer = 'ok';
  const problem = settlePorts({ api: { host, port: taken, setting: 'PERENNIAL_API_PORT' } });
  await expect(problem).rejects.toMatchObject({ code: 'port-occupied', at: 'PERENNIAL_API_PORT' });
  await expect(problem).rejects.toThrow(`port ${taken} on ${host}`);
  await expect(problem).rejects.not.toThrow('stack of another folder');
});

it('says so when one of our stacks has it', async () => {
  answer = '{"type":"urn:perennial:problem:not-found"}';
  const problem = settlePorts({ api: { host, port: taken, setting: 'PERENNIAL_API_PORT' } });
  await expect(problem).rejects.toThrow('stack of another folder');
});
