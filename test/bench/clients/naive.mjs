/**
 * The script that most people write first: the `openai` package with its own retries, and a pool of loops. Keeps
 * nothing, so a crash starts it from the beginning; a request that fails for good is a row less.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import OpenAI from 'openai';

const { values } = parseArgs({
  options: {
    'base-url': { type: 'string' },
    concurrency: { type: 'string', default: '16' },
    input: { type: 'string' },
    output: { type: 'string' },
    retries: { type: 'string', default: '5' },
  },
});
const client = new OpenAI({
  baseURL: values['base-url'],
  apiKey: 'none',
  maxRetries: Number(values.retries),
});

const rows = [];
for await (const line of createInterface({ input: createReadStream(values.input) }))
  rows.push(JSON.parse(line));
const output = createWriteStream(values.output);

let next = 0;
async function loop() {
  while (next < rows.length) {
    const { id, request } = rows[next];
    next += 1;
    try {
      const answer = await client.chat.completions.create(request);
      output.write(`${JSON.stringify({ id, text: answer.choices[0].message.content })}\n`);
    } catch (error) {
      process.stderr.write(`row ${id}: ${error.message}\n`);
    }
  }
}
await Promise.all(Array.from({ length: Number(values.concurrency) }, loop));
output.end();
