import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BODY_BYTES_MAX } from '../../../core/story/limits';
import { EMBEDDED_CONTEXT_TOKENS } from '../../config';
import { ApiError } from './api-error';
import type { Answers } from './answer';
import { chatRequestSchema, completionRequestSchema, parseRequest } from './request';

const RETRY_AFTER_SECONDS = '1';
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

export interface ServerFacts {
  readonly name: string;
  readonly answers: Answers;
  /** Places free and requests that wait, for `/health`. */
  readonly load: () => { readonly idle: number; readonly waiting: number };
}

/** A page in a browser may not reach the server under a name of its own, nor from another origin. */
function requireLocal({ headers }: IncomingMessage): void {
  if (!LOOPBACK.test(headers.host ?? ''))
    throw new ApiError(403, `Host: expected 127.0.0.1 or localhost, got "${headers.host ?? ''}"`);
  const { origin } = headers;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || !LOOPBACK.test(new URL(origin).host))
    throw new ApiError(403, `Origin: expected a local one, got "${origin}"`);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX)
      throw new ApiError(413, `the body: expected at most ${BODY_BYTES_MAX} bytes, got more`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ApiError(400, 'the body: expected JSON, got something else');
  }
}

function requireModel(name: string, wanted: string | undefined): void {
  if (wanted !== undefined && wanted !== name)
    throw new ApiError(404, `model: expected ${name}, got ${wanted}`, 'model_not_found');
}

async function route(facts: ServerFacts, request: IncomingMessage, signal: AbortSignal): Promise<object> {
  requireLocal(request);
  const { pathname } = new URL(request.url ?? '/', 'http://local');
  switch (`${request.method ?? ''} ${pathname}`) {
    case 'GET /health':
      return facts.load();
    case 'GET /v1/models':
      return {
        object: 'list',
        data: [
          {
            id: facts.name,
            object: 'model',
            created: 0,
            owned_by: 'local',
            max_model_len: EMBEDDED_CONTEXT_TOKENS,
          },
        ],
      };
    case 'POST /v1/chat/completions': {
      const body = parseRequest(chatRequestSchema, await readJson(request));
      requireModel(facts.name, body.model);
      return facts.answers.chat(body, signal);
    }
    case 'POST /v1/completions': {
      const body = parseRequest(completionRequestSchema, await readJson(request));
      requireModel(facts.name, body.model);
      return facts.answers.completions(body, signal);
    }
    default:
      throw new ApiError(404, `no route ${request.method ?? ''} ${pathname}`, 'not_found');
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  const busy = status === 429 ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
  // What is left of a refused body is not read: the connection ends with the answer.
  const close = status === 413 || status === 403 ? { connection: 'close' } : {};
  response
    .writeHead(status, { 'content-type': 'application/json', ...busy, ...close })
    .end(JSON.stringify(body));
}

async function answer(facts: ServerFacts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    send(response, 200, await route(facts, request, gone.signal));
  } catch (error) {
    const known =
      error instanceof ApiError
        ? error
        : new ApiError(500, error instanceof Error ? error.message : String(error));
    send(response, known.status, known.body());
    // Other samples of the same request need not go on.
    gone.abort();
  }
}

export function createModelServer(facts: ServerFacts): Server {
  return createServer((request, response) => void answer(facts, request, response));
}
