/** The mock endpoint as a process of its own: `--port 0 --latency 100`. Ends when its standard input does. */
import { parseArgs } from 'node:util';
import { STRATEGIES } from '../../../core/strategies/registry';
import { startMockEndpoint } from './mock-endpoint';

async function main(): Promise<void> {
  process.title = 'perennial mock-endpoint';
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, latency: { type: 'string', default: '0' } },
  });
  const endpoint = await startMockEndpoint({
    strategies: STRATEGIES,
    port: Number(values.port),
    latencyMs: Number(values.latency),
  });
  process.stdin.resume();
  process.stdin.once('close', () => process.exit(0));
  process.stdin.once('end', () => process.exit(0));
  process.stdout.write(`${JSON.stringify({ listening: endpoint.port })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`mock endpoint: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
