/** The whole local stack as real processes in a folder of its own, for tests that kill them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from './until';

const MAIN = join(__dirname, '..', '..', 'lib', 'api', 'cli', 'main.js');

export interface Addresses {
  readonly api: string;
  readonly ui: string;
  readonly temporal: string;
}

export class TestStack {
  #supervisor: ChildProcess | undefined;
  #addresses: Addresses | undefined;
  #output: string[] = [];

  private constructor(
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param config the text of a perennial.config.yaml */
  static async create(config: string, env: NodeJS.ProcessEnv = {}): Promise<TestStack> {
    const folder = await mkdtemp(join(tmpdir(), 'perennial-stack-'));
    await mkdir(join(folder, '.perennial'));
    await writeFile(join(folder, 'perennial.config.yaml'), config);
    return new TestStack(folder, env);
  }

  get api(): string {
    return this.#addresses!.api;
  }

  get temporal(): string {
    return this.#addresses!.temporal;
  }

  get databaseUrl(): string {
    return `sqlite:${join(this.folder, '.perennial', 'perennial.db')}`;
  }

  get artifacts(): string {
    return join(this.folder, '.perennial', 'artifacts');
  }

  /** Starts on free ports the first time, and on the same ones after a kill. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const port = (url: string | undefined) => url?.split(':').at(-1) ?? '0';
    const supervisor = spawn(process.execPath, [MAIN, 'dev', '--no-model', '--json'], {
      cwd: this.folder,
      env: {
        ...process.env,
        PERENNIAL_API_PORT: port(this.#addresses?.api),
        PERENNIAL_TEMPORAL_PORT: port(this.#addresses?.temporal),
        PERENNIAL_TEMPORAL_UI_PORT: port(this.#addresses?.ui),
        ...this.env,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#supervisor = supervisor;
    this.#output = [];
    supervisor.stderr.on('data', (piece: Buffer) => this.#output.push(piece.toString()));
    const ready = once(createInterface(supervisor.stdout), 'line') as Promise<[string]>;
    const gone = once(supervisor, 'exit').then(() => {
      throw new Error(`the stack did not start:\n${this.#output.join('')}`);
    });
    gone.catch(() => undefined); // later exits are what the tests are about
    const [line] = await Promise.race([ready, gone]);
    this.#addresses = JSON.parse(line) as Addresses;
  }

  /** A stack that nobody killed and that is gone is a failure of its own, not one of what a test waits for. */
  #expectAlive(): void {
    const { exitCode, signalCode } = this.#supervisor!;
    if (exitCode === null && signalCode === null) return;
    throw new Error(`the stack has ended (${exitCode ?? signalCode}):\n${this.#output.join('')}`);
  }

  pids(): Record<string, number> {
    const file = JSON.parse(readFileSync(join(this.folder, '.perennial', 'stack.json'), 'utf8')) as {
      processes: { name: string; pid: number }[];
    };
    return Object.fromEntries(file.processes.map(({ name, pid }) => [name, pid]));
  }

  /** `kill -9` one process; the supervisor starts it again. */
  kill(name: string): void {
    const pid = this.pids()[name];
    if (pid === undefined) throw new Error(`no process "${name}" in ${JSON.stringify(this.pids())}`);
    process.kill(pid, 'SIGKILL');
  }

  /** `kill -9` everything at once, the supervisor first. */
  async killAll(): Promise<void> {
    const pids = Object.values(this.pids());
    const gone = once(this.#supervisor!, 'exit');
    this.#supervisor!.kill('SIGKILL');
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // ended with its parent before we came
      }
    }
    await gone;
  }

  async stop(): Promise<void> {
    const supervisor = this.#supervisor;
    if (supervisor && supervisor.exitCode === null && supervisor.signalCode === null) {
      const gone = once(supervisor, 'exit');
      supervisor.kill('SIGTERM');
      await gone;
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async post<T>(
    path: string,
    body: unknown = {},
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.api}/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as T };
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.api}/v1${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async text(path: string): Promise<string> {
    return (await fetch(`${this.api}/v1${path}`)).text();
  }

  async job(id: string): Promise<JobSeen> {
    return this.get<JobSeen>(`/jobs/${id}`);
  }

  /** Waits until the job has one of the states; the API may be away meanwhile. */
  async waitFor(id: string, states: readonly string[], timeoutMs = 120_000): Promise<JobSeen> {
    return until(
      async () => {
        this.#expectAlive();
        const job = await this.job(id).catch(() => undefined);
        return job && states.includes(job.state) ? job : undefined;
      },
      { timeoutMs, what: `job ${id} to be ${states.join(' or ')}` },
    );
  }
}

export interface JobSeen {
  readonly id: string;
  readonly state: string;
  readonly rows: { planned: number; accepted: number; rejected: number; failed: number; open: number };
  readonly cost: { calls: number; callsReused: number; callsRepeated: number; callsInDoubt: number };
  readonly block?: { code: string; message: string; samples: string[]; choices: string[] };
  readonly summary?: { datasetHash: string; records: number };
}
