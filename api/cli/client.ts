/** The API over HTTP, typed; the command line speaks nothing else. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { Problem } from '../../core/problem';
import type { ProblemBody } from '../errors';
import type { Estimate } from '../estimate';
import type { RowView } from '../job-rows';
import type { PilotView } from '../estimate-pilot';
import type { JobView } from '../job-view';
import type { RetryAnswer } from '../retry-rows';

export interface JobList {
  readonly jobs: readonly (Pick<
    JobView,
    'id' | 'strategy' | 'model' | 'state' | 'stage' | 'rows' | 'createdAt'
  > & { readonly cost: Pick<JobView['cost'], 'usd' | 'usdInDoubt' | 'calls'> })[];
  readonly next?: string;
}
export interface RowPage {
  readonly rows: readonly RowView[];
  readonly next?: string;
}
export interface ControlAnswer {
  readonly id: string;
  readonly state: JobView['state'];
  readonly message: string;
}
export interface StrategyList {
  readonly strategies: readonly {
    readonly name: string;
    readonly title: string;
    readonly summary: string;
    readonly paper?: { readonly title: string; readonly arxiv: string };
    readonly presets: readonly string[];
  }[];
}
export interface ModelList {
  readonly models: readonly { readonly name: string; readonly flavour: string }[];
  readonly open: readonly string[];
}

export type DatasetFormat = 'jsonl' | 'parquet';

export interface Client {
  readonly address: string;
  postJob(body: unknown): Promise<JobView>;
  estimate(body: unknown): Promise<Estimate>;
  startPilot(body: object): Promise<PilotView>;
  pilot(id: string): Promise<PilotView>;
  job(id: string): Promise<JobView>;
  jobs(query?: Readonly<Record<string, string>>): Promise<JobList>;
  control(id: string, verb: 'pause' | 'resume' | 'cancel' | 'fail', body?: unknown): Promise<ControlAnswer>;
  fork(id: string, change: unknown): Promise<JobView>;
  rows(id: string, query: Readonly<Record<string, string>>): Promise<RowPage>;
  retryRows(id: string, body: unknown): Promise<RetryAnswer>;
  patch(id: string, change: unknown): Promise<ControlAnswer>;
  strategies(): Promise<StrategyList>;
  strategy(name: string): Promise<unknown>;
  models(): Promise<ModelList>;
  /** Uploads a local file. @returns `file:<id>` */
  upload(path: string): Promise<string>;
  records(id: string, limit: number): Promise<readonly unknown[]>;
  dataset(id: string, format: DatasetFormat): Promise<Readable>;
  report(id: string): Promise<unknown>;
}

/** @throws Problem with the API's own code and message, or `api-unavailable` when nobody answers. */
export function createClient(address: string): Client {
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`${address}${path}`, init);
    } catch {
      throw new Problem(
        'api-unavailable',
        `no API answers at ${address}; start it with "perennial dev", or set PERENNIAL_API_HOST and PERENNIAL_API_PORT.`,
      );
    }
    if (!answer.ok) throw await problemOf(answer);
    return answer;
  }
  const get = async <T>(path: string): Promise<T> => (await (await send(path)).json()) as T;
  const give = async <T>(method: string, path: string, body: unknown = {}): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    return (await (await send(path, { method, headers, body: JSON.stringify(body) })).json()) as T;
  };
  const post = <T>(path: string, body?: unknown): Promise<T> => give('POST', path, body);
  const job = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;
  return {
    address,
    postJob: (body) => post('/v1/jobs', body),
    estimate: (body) => post('/v1/estimates', body),
    startPilot: (body) => post('/v1/estimates', { ...body, pilot: true }),
    pilot: (id) => get(`/v1/estimates/${encodeURIComponent(id)}`),
    job: (id) => get(job(id)),
    jobs: (query = {}) => get(`/v1/jobs?${new URLSearchParams(query).toString()}`),
    control: (id, verb, body) => post(`${job(id)}/${verb}`, body),
    fork: (id, change) => post(`${job(id)}/fork`, change),
    rows: (id, query) => get(`${job(id)}/rows?${new URLSearchParams(query).toString()}`),
    retryRows: (id, body) => post(`${job(id)}/rows/retry`, body),
    patch: (id, change) => give('PATCH', job(id), change),
    strategies: () => get('/v1/strategies'),
    strategy: (name) => get(`/v1/strategies/${encodeURIComponent(name)}`),
    models: () => get('/v1/models'),
    async upload(path) {
      const body = Readable.toWeb(createReadStream(path)) as unknown as ReadableStream<Uint8Array>;
      const query = new URLSearchParams({ name: basename(path) }).toString();
      const headers = { 'content-type': 'application/octet-stream' };
      // A body that streams must say so; the type of `fetch` does not know the word yet.
      const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
      return ((await (await send(`/v1/files?${query}`, init)).json()) as { ref: string }).ref;
    },
    records: async (id, limit) =>
      (await get<{ records: readonly unknown[] }>(`${job(id)}/records?limit=${limit}`)).records,
    async dataset(id, format) {
      const { body } = await send(`${job(id)}/dataset?format=${format}`);
      return body === null
        ? Readable.from([])
        : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
    },
    report: (id) => get(`${job(id)}/report?format=json`),
  };
}

/** The status comes along: it decides the exit code. */
export class ApiProblem extends Problem {
  constructor(
    code: string,
    message: string,
    readonly answered: number,
    at?: string,
  ) {
    super(code, message, at);
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => undefined)) as Partial<ProblemBody> | undefined;
  return new ApiProblem(
    body?.code ?? 'internal',
    body?.detail ?? `the API answered ${answer.status} without saying why.`,
    answer.status,
    body?.at,
  );
}
