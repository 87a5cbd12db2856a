/**
 * What the product is compared with: undici's `Pool.request`, JSON.stringify, JSON.parse, and nothing else; as many
 * loops as calls in flight. Reads `{url, inFlight, calls, content, …}` as one line, warms up, and runs at the second line.
 */
import { createInterface } from 'node:readline';
import { Pool } from 'undici';

const WARM_UP_CALLS = 1_000;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const work = JSON.parse((await lines.next()).value);
const { origin, pathname } = new URL(work.url);
const pool = new Pool(origin, {
  connections: work.inFlight,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
});
const headers = { 'content-type': 'application/json', authorization: 'Bearer none' };

await loop(WARM_UP_CALLS, 'warm-up');
process.stdout.write('{"warm":true}\n');
await lines.next();
const began = { at: performance.now(), cpu: process.cpuUsage() };
await loop(work.calls, work.run);
const cpu = process.cpuUsage(began.cpu);
process.stdout.write(
  `${JSON.stringify({ seconds: (performance.now() - began.at) / 1000, cpuMs: (cpu.user + cpu.system) / 1000 })}\n`,
);
await pool.destroy();
process.exit(0);

async function loop(calls, run) {
  let next = 0;
  const lane = async () => {
    while (next < calls) {
      const seed = (next += 1);
      const { content, ...sampling } = work.request;
      const body = JSON.stringify({
        model: 'm',
        messages: [{ role: 'user', content: `${run} ${content}` }],
        ...sampling,
        seed,
      });
      const answer = await pool.request({
        path: `${pathname}/chat/completions`,
        method: 'POST',
        headers,
        body,
      });
      const parsed = JSON.parse(await answer.body.text());
      if (answer.statusCode !== 200 || typeof parsed.choices[0].message.content !== 'string')
        throw new Error(`expected an answer, got status ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: work.inFlight }, lane));
}
