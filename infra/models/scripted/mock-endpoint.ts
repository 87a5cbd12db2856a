/**
 * A small OpenAI-compatible server over the scripted model: the answers are a pure function of body and seed; only
 * transport faults depend on arrival. It counts what it was asked, and listens on the loopback address alone.
 */
import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { DelayLine } from './delay-line';
import type { BatchLineEnd } from './mock-batch-lines';
import { MockBatches } from './mock-batches';
import { MockCounters, type MockStats } from './mock-counters';
import { CANNED, FaultDraws, mockFaultsSchema, type Fault, type MockFaults } from './mock-faults';
import { skewLength, type TokenSkew } from './mock-lengths';
import { answerBody, isRoute, readMockCall } from './mock-wire';
import { scriptedReply, type ScriptedOptions } from './scripted-content';

export interface MockEndpointOptions extends ScriptedOptions {
  /** 0 or none: any free port. */
  readonly port?: number;
  /** Of every answer with status 200. */
  readonly latencyMs?: number;
  readonly faults?: MockFaults;
  /** Calls without this bearer key get 401. */
  readonly requireKey?: string;
  /** Of the draws behind `faults.shares`. */
  readonly seed?: number;
}

export interface MockEndpoint {
  /** Base URL, with `/v1`. */
  readonly url: string;
  readonly port: number;
  stats(): MockStats;
  /** Bodies answered with 200, with how often. */
  answered(): { sha256: string; count: number }[];
  reset(): void;
  set(faults: MockFaults): void;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 64 * 1024 ** 2;
/** Longer than clients keep idle connections, so that the server never closes one that is about to be used. */
const KEEP_ALIVE_MS = 120_000;
const MODELS = JSON.stringify({
  object: 'list',
  data: [{ id: 'scripted-1', object: 'model', created: 0, owned_by: 'perennial' }],
});

const controlSchema = z.strictObject({
  faults: mockFaultsSchema.optional(),
  latencyMs: z.number().min(0).optional(),
  /** null: no key is asked for. */
  requireKey: z.string().nullable().optional(),
  /** Lengths of chat answers; null: as the scripted model writes them. */
  outputTokens: z
    .strictObject({ median: z.number().positive(), sigma: z.number().min(0) })
    .nullable()
    .optional(),
  contentFaults: z
    .strictObject({
      badJson: z.number().exactOptional(),
      truncated: z.number().exactOptional(),
      refusal: z.number().exactOptional(),
    })
    .optional(),
  reset: z.boolean().optional(),
});

export async function startMockEndpoint(options: MockEndpointOptions): Promise<MockEndpoint> {
  const state = new MockState(options);
  const server = createServer({ keepAlive: true, noDelay: true }, (req, res) => state.handle(req, res));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    stats: () => state.counters.stats(),
    answered: () => state.counters.list(),
    reset: () => state.counters.reset(),
    set: (faults) => state.faults.set(faults),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class MockState {
  readonly counters = new MockCounters();
  readonly faults: FaultDraws;
  private readonly batches = new MockBatches(
    (body) => this.reply('/v1/chat/completions', body),
    (bodyHash, usage) => this.counters.answer(bodyHash, usage),
  );
  private content: ScriptedOptions;
  private line: DelayLine;
  private key: string | undefined;
  private skew: TokenSkew | undefined;

  constructor(options: MockEndpointOptions) {
    this.content = options;
    this.faults = new FaultDraws(options.faults ?? {}, options.seed ?? 1);
    this.line = new DelayLine(options.latencyMs ?? 0);
    this.key = options.requireKey;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const url = req.url ?? '/';
    const path = url.includes('?') ? url.slice(0, url.indexOf('?')) : url;
    if (req.method === 'POST' && isRoute(path)) {
      this.counters.arrive();
      res.once('close', () => this.counters.leave());
      const fault = this.refusalOf(req) ?? this.faults.next(Date.now());
      readBody(req, (text) => {
        if (fault === undefined) this.answer(path, text, res);
        else this.fail(fault, res);
      });
      return;
    }
    if (MockBatches.owns(path)) {
      if (path !== '/__batches' && this.refusalOf(req)) this.fail({ kind: 'key-rejected' }, res);
      else void this.batches.handle(req, res);
      return;
    }
    if (req.method === 'POST' && path === '/__control') {
      readBody(req, (text) => this.control(text, res));
      return;
    }
    if (req.method === 'GET' && path === '/v1/models') sendJson(res, 200, MODELS);
    else if (path === '/__stats') {
      const also = { bodies: url.endsWith('?bodies=1'), timeline: url.endsWith('?timeline=1') };
      sendJson(res, 200, JSON.stringify(this.counters.stats(also)));
    } else if (path === '/__answered') sendJson(res, 200, JSON.stringify(this.counters.list()));
    else if (path === '/__repeated') sendJson(res, 200, JSON.stringify(this.counters.list(2)));
    else
      sendJson(
        res,
        404,
        JSON.stringify({ error: { message: `no route ${req.method} ${path}`, code: 'not_found' } }),
      );
  }

  private refusalOf(req: IncomingMessage): Fault | undefined {
    if (this.key === undefined || req.headers.authorization === `Bearer ${this.key}`) return undefined;
    return { kind: 'key-rejected' };
  }

  private answer(path: Parameters<typeof readMockCall>[0], text: string, res: ServerResponse): void {
    let body: unknown;
    try {
      body = JSON.parse(text) as unknown;
    } catch {
      return this.refuse(res, 'the body is not JSON');
    }
    const end = this.reply(path, body);
    if ('wrong' in end) return this.refuse(res, end.wrong);
    const send = (): void => {
      // A caller that has hung up got no answer: it must not count as paid twice.
      if (res.destroyed) return;
      this.counters.end(200);
      this.counters.answer(hash('sha256', text, 'hex'), end.usage);
      sendJson(res, 200, end.body);
    };
    const slowMs = this.faults.slowMs();
    if (slowMs === undefined) this.line.add(send);
    else setTimeout(send, slowMs);
  }

  private reply(path: Parameters<typeof readMockCall>[0], body: unknown): BatchLineEnd {
    const call = readMockCall(path, body);
    if (typeof call === 'string') return { wrong: call };
    const { request, seed } = call;
    const scripted = scriptedReply(request, seed, this.content);
    const reply =
      this.skew === undefined || request.kind !== 'chat'
        ? scripted
        : skewLength(scripted, request, seed, this.skew);
    return {
      body: answerBody(request, reply, (body as { model?: unknown }).model ?? null),
      usage: reply.usage,
    };
  }

  private refuse(res: ServerResponse, message: string): void {
    this.counters.end(400);
    const error = { message, type: 'invalid_request_error', param: null, code: null };
    sendJson(res, 400, JSON.stringify({ error }));
  }

  private fail({ kind, retryAfterSeconds }: Fault, res: ServerResponse): void {
    if (kind === 'hang') return this.counters.end('hang');
    if (kind === 'cut') {
      this.counters.end('cut');
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      res.write('{"id":"mock","choices":[', () => res.destroy());
      return;
    }
    const { status, body } = CANNED[kind];
    this.counters.end(status);
    const wait = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
    sendJson(res, status, body, wait);
  }

  private control(text: string, res: ServerResponse): void {
    try {
      const wish = controlSchema.parse(JSON.parse(text));
      if (wish.faults !== undefined) this.faults.set(wish.faults);
      if (wish.latencyMs !== undefined) this.line = new DelayLine(wish.latencyMs);
      if (wish.requireKey !== undefined) this.key = wish.requireKey ?? undefined;
      if (wish.outputTokens !== undefined) this.skew = wish.outputTokens ?? undefined;
      if (wish.contentFaults !== undefined)
        this.content = { ...this.content, contentFaults: wish.contentFaults };
      if (wish.reset === true) this.counters.reset();
      sendJson(res, 200, JSON.stringify({ atMs: Date.now() }));
    } catch (error) {
      sendJson(res, 400, JSON.stringify({ error: { message: String(error) } }));
    }
  }
}

function readBody(req: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) req.destroy();
    else chunks.push(chunk);
  });
  req.on('end', () =>
    done((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')),
  );
}

function sendJson(res: ServerResponse, status: number, body: string, more?: Record<string, string>): void {
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...more,
  });
  res.end(body);
}
