/** Files, fine-tuning jobs and chats of a provider. A job moves one state at each look at it, unless it is held. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const STATES = ['validating_files', 'queued', 'running', 'succeeded'] as const;
type Status = (typeof STATES)[number] | 'failed' | 'cancelled';

export interface MockJob {
  readonly id: string;
  readonly created_at: number;
  readonly model: string;
  readonly training_file: string;
  readonly metadata: unknown;
  readonly seed: unknown;
  readonly method: unknown;
  status: Status;
  unseen: number;
}

export interface MockService {
  readonly url: string;
  readonly jobs: MockJob[];
  readonly files: Map<string, string>;
  /** Bodies of chats. */
  readonly chats: { readonly model: string; readonly temperature: number }[];
  /** What happens next; reset by hand. */
  readonly wish: {
    hold: boolean;
    end: 'succeeded' | 'failed';
    creation: 'good' | 'cut' | 'refused';
    listLag: number;
    /** Chats that are answered with this status first. */
    chatFaults: number[];
    logprobs: boolean;
  };
  close(): Promise<void>;
}

export async function startMockService(): Promise<MockService> {
  const service: Omit<MockService, 'url' | 'close'> = {
    jobs: [],
    files: new Map(),
    chats: [],
    wish: { hold: false, end: 'succeeded', creation: 'good', listLag: 0, chatFaults: [], logprobs: true },
  };
  const server = createServer((req, res) => void handle(service, req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...service,
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type State = Omit<MockService, 'url' | 'close'>;

async function handle(state: State, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const path = new URL(req.url ?? '/', 'http://mock').pathname.replace('/v1/', '');
  const [status, answer] = await route(
    state,
    `${req.method} ${path}`,
    body,
    req.headers['content-type'] ?? '',
  );
  if (answer === 'cut') res.destroy();
  else res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

async function route(
  state: State,
  asked: string,
  body: Buffer,
  contentType: string,
): Promise<[number, unknown]> {
  const { jobs, files, wish } = state;
  const id = /jobs\/([^/]+)/.exec(asked)?.[1];
  const job = jobs.find((one) => one.id === id);
  if (asked === 'POST files') {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    const name = `file-${files.size + 1}`;
    files.set(name, await (form.get('file') as Blob).text());
    return [200, { id: name, object: 'file' }];
  }
  if (asked === 'POST fine_tuning/jobs') return create(state, JSON.parse(body.toString()) as MockJob);
  if (asked === 'GET fine_tuning/jobs') {
    const seen = jobs.filter((one) => (one.unseen -= 1) < 0);
    return [200, { object: 'list', data: seen.map(view), has_more: false }];
  }
  if (asked === 'POST chat/completions') return chat(state, JSON.parse(body.toString()) as Chat);
  if (job === undefined) return [404, { error: { message: `no route ${asked}`, code: 'not_found' } }];
  if (asked.endsWith('/cancel')) job.status = 'cancelled';
  else if (asked.endsWith('/events')) {
    const data = { step: 3, total_steps: 9, train_loss: 0.25 };
    return [
      200,
      { object: 'list', data: [{ id: 'e', object: 'fine_tuning.job.event', data }], has_more: false },
    ];
  } else if (!wish.hold) advance(job, wish.end);
  return [200, view(job)];
}

function create({ jobs, wish }: State, wanted: MockJob): [number, unknown] {
  if (wish.creation === 'refused')
    return [400, { error: { message: 'the file is too short', type: 'invalid_request_error', code: null } }];
  const count = jobs.length + 1;
  const job: MockJob = {
    ...wanted,
    id: `ftjob-${count}`,
    created_at: count,
    status: 'validating_files',
    unseen: wish.listLag,
  };
  jobs.push(job);
  return wish.creation === 'cut' ? [200, 'cut'] : [200, view(job)];
}

function advance(job: MockJob, end: 'succeeded' | 'failed'): void {
  const at = STATES.findIndex((state) => state === job.status);
  if (at < 0 || job.status === 'succeeded') return;
  const next = STATES[at + 1] ?? 'succeeded';
  job.status = next === 'succeeded' ? end : next;
}

function view(job: MockJob) {
  return {
    ...job,
    object: 'fine_tuning.job',
    fine_tuned_model: job.status === 'succeeded' ? `ft:${job.model}:${job.id}` : null,
    error: job.status === 'failed' ? { code: 'invalid', message: 'line 3 is empty' } : null,
  };
}

interface Chat {
  readonly model: string;
  readonly temperature: number;
  readonly messages: readonly { readonly content: string }[];
}

/** The second label for texts with "good", the first for others. */
function chat({ chats, wish }: State, asked: Chat): [number, unknown] {
  const fault = wish.chatFaults.shift();
  if (fault !== undefined) return [fault, { error: { message: 'later', code: null } }];
  chats.push(asked);
  const said = /good/.test(asked.messages.at(-1)?.content ?? '') ? '2' : '1';
  const other = said === '1' ? '2' : '1';
  const top = [
    { token: said, logprob: Math.log(0.6), bytes: null },
    { token: other, logprob: Math.log(0.2), bytes: null },
    { token: 'Hm', logprob: Math.log(0.1), bytes: null },
  ];
  const logprobs = wish.logprobs ? { content: [{ ...top[0], top_logprobs: top }], refusal: null } : null;
  const message = { role: 'assistant', content: said, refusal: null };
  return [
    200,
    { id: 'c', object: 'chat.completion', choices: [{ index: 0, finish_reason: 'stop', message, logprobs }] },
  ];
}
