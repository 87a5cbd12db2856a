/**
 * The Files and Batches endpoints of the mock. A batch moves one state at each look at it, unless it is held; what
 * becomes of the next ones is said beforehand through `POST /__batches`.
 */
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Usage } from '../../../core/calls';
import { CANNED } from './mock-faults';
import { answerBatchLine, type BatchLineEnd } from './mock-batch-lines';

const PAGE_DEFAULT = 20;
const RUNNING = ['validating', 'in_progress', 'finalizing'] as const;
const ENDS = ['completed', 'failed', 'expired', 'cancelled'] as const;

const fateSchema = z.strictObject({
  end: z.enum(ENDS).default('completed'),
  /** Of the requests, in the order of the file, how many are answered; the others fail or stay undone. */
  answerShare: z.number().min(0).max(1).default(1),
  /** Of the whole batch, with end `failed`. */
  error: z.strictObject({ code: z.string(), message: z.string() }).exactOptional(),
  /** Creation is refused, or made and its answer cut off. */
  creation: z.enum(['out-of-funds', 'key-rejected', 'model-gone', '429', '500', 'cut']).exactOptional(),
});
type Fate = z.infer<typeof fateSchema>;

const wishSchema = z.strictObject({
  /** Of the next batches, in order; afterwards all complete. */
  fates: z.array(fateSchema).exactOptional(),
  /** Batches stay in this state, or in `cancelling`, until it is null again. */
  hold: z.enum(RUNNING).nullable().exactOptional(),
  /** In how many listings a new batch does not appear yet. */
  listLag: z.int().min(0).exactOptional(),
});

interface MockBatch {
  readonly id: string;
  readonly created: number;
  readonly inputFile: string;
  readonly lines: readonly string[];
  readonly metadata: unknown;
  readonly fate: Fate;
  status: (typeof RUNNING)[number] | (typeof ENDS)[number] | 'cancelling';
  unseen: number;
  answered: number;
  failed: number;
  outputFile?: string;
  errorFile?: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

const ok = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) });
const refused = (status: number, message: string, code: string | null = null): Reply => ({
  status,
  body: JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } }),
});

export class MockBatches {
  private readonly files = new Map<string, string>();
  private readonly batches: MockBatch[] = [];
  private fates: Fate[] = [];
  private hold: (typeof RUNNING)[number] | null = null;
  private listLag = 0;
  private count = 0;

  /**
   * @param answer the model, for one request's body: an answer's body, or what is wrong with the request
   * @param paid told of the hash of every body that was answered, and of its tokens
   */
  constructor(
    private readonly answer: (body: unknown) => BatchLineEnd,
    private readonly paid: (bodyHash: string, usage: Usage) => void,
  ) {}

  static owns(path: string): boolean {
    return path === '/__batches' || /^\/v1\/(files|batches)(\/|$)/.test(path);
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://mock');
    try {
      const body = await readAll(req);
      const reply = await this.route(req, url, body);
      if (reply === 'cut') return void res.destroy();
      res.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    } catch (error) {
      res.writeHead(400).end(refused(400, String(error)).body);
    }
  }

  private async route(req: IncomingMessage, url: URL, body: Buffer): Promise<Reply | 'cut'> {
    const [, , resource = '', id, verb] = url.pathname.split('/');
    const route = `${req.method} ${url.pathname === '/__batches' ? 'wish' : [resource, id && ':id', verb].filter(Boolean).join('/')}`;
    switch (route) {
      case 'POST wish':
        return this.wish(JSON.parse(body.toString()));
      case 'GET wish':
        return ok(this.batches.map((batch) => this.view(batch)));
      case 'POST files':
        return this.upload(body, req.headers['content-type'] ?? '');
      case 'GET files/:id/content': {
        const text = this.files.get(id!);
        return text === undefined ? refused(404, `No such File object: ${id}`) : { status: 200, body: text };
      }
      case 'DELETE files/:id':
        return ok({ id, object: 'file', deleted: this.files.delete(id!) });
      case 'POST batches':
        return this.create(JSON.parse(body.toString()) as Parameters<MockBatches['create']>[0]);
      case 'GET batches':
        return this.list(url.searchParams);
      case 'GET batches/:id':
      case 'POST batches/:id/cancel':
        return this.look(id!, verb === 'cancel');
      default:
        return refused(404, `no route ${route}`);
    }
  }

  private wish(wanted: unknown): Reply {
    const { fates, hold, listLag } = wishSchema.parse(wanted);
    if (fates !== undefined) this.fates = fates;
    if (hold !== undefined) this.hold = hold;
    if (listLag !== undefined) this.listLag = listLag;
    return ok({});
  }

  private async upload(body: Buffer, contentType: string): Promise<Reply> {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    const file = form.get('file');
    if (!(file instanceof Blob) || form.get('purpose') !== 'batch')
      return refused(400, 'expected a batch file');
    return ok({ id: this.store(await file.text()), object: 'file', purpose: 'batch', bytes: file.size });
  }

  private store(text: string): string {
    const id = `file-${(this.count += 1)}`;
    this.files.set(id, text);
    return id;
  }

  private create(wanted: { input_file_id: string; endpoint: string; metadata?: unknown }): Reply | 'cut' {
    const text = this.files.get(wanted.input_file_id);
    if (text === undefined) return refused(404, `No such File object: ${wanted.input_file_id}`);
    if (wanted.endpoint !== '/v1/chat/completions') return refused(400, 'expected /v1/chat/completions');
    const fate = this.fates.shift() ?? fateSchema.parse({});
    if (fate.creation !== undefined && fate.creation !== 'cut') return CANNED[fate.creation];
    const batch: MockBatch = {
      id: `batch_${(this.count += 1)}`,
      created: this.count,
      inputFile: wanted.input_file_id,
      lines: text.split('\n').filter((line) => line !== ''),
      metadata: wanted.metadata ?? null,
      fate,
      status: 'validating',
      unseen: this.listLag,
      answered: 0,
      failed: 0,
    };
    this.batches.unshift(batch);
    return fate.creation === 'cut' ? 'cut' : ok(this.view(batch));
  }

  private list(query: URLSearchParams): Reply {
    const seen = this.batches.filter((batch) => (batch.unseen -= 1) < 0);
    const after = query.get('after');
    const start = after === null ? 0 : seen.findIndex(({ id }) => id === after) + 1;
    const limit = Number(query.get('limit') ?? PAGE_DEFAULT);
    const page = seen.slice(start, start + limit);
    return ok({
      object: 'list',
      data: page.map((batch) => this.view(batch)),
      has_more: start + limit < seen.length,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    });
  }

  private look(id: string, cancel: boolean): Reply {
    const batch = this.batches.find((one) => one.id === id);
    if (!batch) return refused(404, `No batch found with id '${id}'.`);
    const running = RUNNING.findIndex((status) => status === batch.status);
    if (cancel && running < 0) return refused(409, `Cannot cancel a batch with status '${batch.status}'.`);
    if (cancel) batch.status = 'cancelling';
    else if (batch.status === 'cancelling' && this.hold === null) this.finish(batch, 'cancelled');
    else if (running >= 0 && batch.status !== this.hold) {
      const next = RUNNING[running + 1];
      const refusedAtOnce = batch.fate.end === 'failed' && running === 0;
      if (next === undefined || refusedAtOnce) this.finish(batch, batch.fate.end);
      else batch.status = next;
    }
    return ok(this.view(batch));
  }

  /** Answers its share of the requests: from here on they are paid for. */
  private finish(batch: MockBatch, end: (typeof ENDS)[number]): void {
    const share = end === 'failed' ? 0 : batch.fate.answerShare;
    const reached = Math.round(batch.lines.length * share);
    const output: string[] = [];
    const errors: string[] = [];
    batch.lines.forEach((line, index) => {
      const undone = index >= reached && end !== 'completed' ? `batch_${end}` : undefined;
      const answered = answerBatchLine(line, this.answer, undone, index >= reached);
      (answered.ok ? output : errors).push(answered.line);
      if (answered.usage) this.paid(hash('sha256', answered.body, 'hex'), answered.usage);
    });
    batch.status = end;
    [batch.answered, batch.failed] = [output.length, errors.length];
    if (end === 'failed') return;
    if (output.length > 0) batch.outputFile = this.store(output.join('\n'));
    if (errors.length > 0) batch.errorFile = this.store(errors.join('\n'));
  }

  private view(batch: MockBatch): object {
    const { id, status, created, inputFile, metadata, lines, answered, failed, fate } = batch;
    return {
      id,
      object: 'batch',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      status,
      created_at: created,
      input_file_id: inputFile,
      output_file_id: batch.outputFile ?? null,
      error_file_id: batch.errorFile ?? null,
      errors: status === 'failed' && fate.error ? { object: 'list', data: [fate.error] } : null,
      request_counts: { total: lines.length, completed: answered, failed },
      metadata,
    };
  }
}

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
