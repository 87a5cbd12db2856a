import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROCESS = join(__dirname, '..', '..', 'lib', 'infra', 'models', 'scripted', 'mock-endpoint-process.js');

export interface MockStats {
  readonly requests: number;
  readonly answered: number;
  readonly inFlight: number;
  readonly inFlightMax: number;
  readonly duplicates: number;
  readonly lastRequestAt: number;
}

/** The mock endpoint as a process of its own, so that it outlives whatever is killed. */
export class MockProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(latencyMs: number): Promise<MockProcess> {
    const child = spawn(process.execPath, [PROCESS, '--port', '0', '--latency', String(latencyMs)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return new MockProcess(
      child,
      `http://127.0.0.1:${(JSON.parse(line) as { listening: number }).listening}`,
    );
  }

  /** A configuration in which `mine/m` is this endpoint. */
  config(more = ''): string {
    return [
      'providers:',
      '  mine:',
      '    flavour: openai',
      `    baseUrl: ${this.url}/v1`,
      '    apiKeyEnv: MINE_API_KEY',
      '    models:',
      '      m: { identity: mock-1, contextTokens: 32000, capabilities: [chat, jsonSchema, seed] }',
      more,
      '',
    ].join('\n');
  }

  async stats(): Promise<MockStats> {
    return (await fetch(`${this.url}/__stats`)).json() as Promise<MockStats>;
  }

  async control(change: unknown): Promise<void> {
    await fetch(`${this.url}/__control`, { method: 'POST', body: JSON.stringify(change) });
  }

  stop(): void {
    this.child.stdin?.end();
  }
}
