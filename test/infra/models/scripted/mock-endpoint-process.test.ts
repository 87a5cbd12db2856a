/** The mock endpoint as other processes see it; runs the compiled file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const PROGRAM = resolve(__dirname, '../../../../lib/infra/models/scripted/mock-endpoint-process.js');

test('it says where it listens, and ends when its standard input does', async () => {
  const child = spawn(process.execPath, [PROGRAM, '--port', '0', '--latency', '5']);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { listening } = JSON.parse(line.toString()) as { listening: number };
  const answer = await fetch(`http://127.0.0.1:${listening}/v1/models`);
  expect(answer.status).toBe(200);
  child.stdin.end();
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
});
