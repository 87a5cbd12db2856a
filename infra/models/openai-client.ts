/** A client of one OpenAI-compatible endpoint: one attempt a call, every failure a {@link ModelFault}. */
import type { ModelRequest, Reply } from '../../core/calls';
import type { ProviderConfig } from '../config';
import { findModel } from '../config-file';
import { isComplaint } from './complaint';
import { type CountTokens, tokenCounter } from './count-tokens';
import { type CallSignal, withDeadline } from './deadline';
import { type Dialect, Dialects } from './dialect';
import { type Exchange, httpTransport } from './http-transport';
import { ModelFault, type Answer, type ModelClient, type SendOptions } from './model-client';
import { NoAnswer, readReply } from './openai-replies';
import { wireRequest } from './openai-requests';
import { scrub } from './scrub';
import type { CallFault } from './verdict';

const FAULT_BODY_CHARACTERS_MAX = 20_000;

export interface OpenAiClientOptions {
  readonly provider: ProviderConfig;
  /** Asked before every call, so that nothing here holds a key. */
  readonly key: () => string | undefined;
}

/** Whether a model takes a seed, looked up once a model. */
function seedsOf(provider: ProviderConfig): (model: string) => boolean {
  const known = new Map<string, boolean>();
  return (model) => {
    let takes = known.get(model);
    if (takes === undefined) {
      const found = findModel({ [provider.name]: provider }, `${provider.name}/${model}`);
      takes = found.model.capabilities.includes('seed');
      known.set(model, takes);
    }
    return takes;
  };
}

/** Counters of the models' tokens, made once a model. */
function countersOf(provider: ProviderConfig): (model: string) => CountTokens {
  const known = new Map<string, CountTokens>();
  return (model) => {
    const found = known.get(model) ?? tokenCounter(provider.models[model]?.tokenizer);
    known.set(model, found);
    return found;
  };
}

export function openAiClient({ provider, key }: OpenAiClientOptions): ModelClient {
  const base = new URL(provider.baseUrl);
  const transport = httpTransport({
    baseUrl: provider.baseUrl,
    ...(provider.limits.concurrencyMax === undefined
      ? {}
      : { connectionsMax: provider.limits.concurrencyMax }),
  });
  const root = base.pathname.replace(/\/$/, '');
  const takesSeed = seedsOf(provider);
  const dialects = new Dialects(provider.flavour);
  const counterOf = countersOf(provider);
  const send = async (request: ModelRequest, options: SendOptions): Promise<Answer> => {
    const seed = takesSeed(options.model) ? options.seed : undefined;
    const target = { flavour: provider.flavour, model: options.model, seed };
    const secret = key();
    const attempt = async (own: CallSignal, dialect: Dialect): Promise<Answer> => {
      const wire = wireRequest(request, { ...target, dialect });
      const path = (wire.fromRoot === true ? wire.path : root + wire.path) + base.search;
      const headers = headersOf(provider, secret, options.userKey);
      const startedMs = performance.now();
      const posted = { headers, body: JSON.stringify(wire.body), signal: own };
      const exchange = await transport.post(path, posted).catch((error: unknown) => {
        throw toFault(error, own, options, secret);
      });
      const latencyMs = performance.now() - startedMs;
      return answerOf(request, exchange, latencyMs, secret, counterOf(options.model));
    };
    return withDeadline(options, (own) =>
      dialects.speak(options.model, (dialect) => attempt(own, dialect), faultOf),
    );
  };
  return { send, close: () => transport.close() };
}

const faultOf = (error: unknown): CallFault | undefined =>
  error instanceof ModelFault ? error.fault : undefined;

function headersOf(
  provider: ProviderConfig,
  secret: string | undefined,
  userKey: string,
): Record<string, string> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'x-client-request-id': userKey,
  };
  if (secret === undefined) return headers;
  return provider.flavour === 'azure'
    ? { ...headers, 'api-key': secret }
    : { ...headers, authorization: `Bearer ${secret}` };
}

function answerOf(
  request: ModelRequest,
  exchange: Exchange,
  latencyMs: number,
  secret: string | undefined,
  count: CountTokens,
): Answer {
  const { status, headers, text } = exchange;
  if (status < 200 || status > 299)
    throw new ModelFault(statusFault(exchange, `status ${status} and no explanation`, secret));
  const body = parseBody(text);
  let reply: Reply;
  try {
    if (isComplaint(body)) throw new NoAnswer('an error inside a good status');
    reply = readReply(request, body, count);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new ModelFault(statusFault(exchange, scrub(error.message, secret), secret), { cause: error });
  }
  const requestId = headers['x-request-id'] ?? headers['apim-request-id'] ?? headers['request-id'];
  return { reply, latencyMs, headers, ...(requestId === undefined ? {} : { requestId }) };
}

function toFault(error: unknown, own: CallSignal, options: SendOptions, secret: string | undefined): unknown {
  if (options.signal.aborted) return options.signal.reason;
  if (own.timedOut) return new ModelFault({ message: (own.reason as Error).message, timedOut: true });
  return new ModelFault(transportFault(error, secret));
}

function statusFault(exchange: Exchange, message: string, secret: string | undefined): CallFault {
  return {
    status: exchange.status,
    headers: exchange.headers,
    body: parseBody(scrub(exchange.text.slice(0, FAULT_BODY_CHARACTERS_MAX), secret)),
    message,
  };
}

/** JSON where it is JSON, else the text itself. */
function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const CUT = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|UND_ERR_ABORTED|HPE_.*)$/;

function transportFault(error: unknown, secret: string | undefined): CallFault {
  const { code, message, cause, errors } = error as NodeJS.ErrnoException & {
    errors?: NodeJS.ErrnoException[];
  };
  // Names with several addresses fail with a list; the first one tells.
  const first = errors?.[0];
  const found = code ?? first?.code ?? (cause as NodeJS.ErrnoException | undefined)?.code;
  return {
    ...(found === undefined ? {} : { code: found }),
    message: scrub(message || first?.message || found || 'unknown fault of the connection', secret),
    ...(found !== undefined && CUT.test(found) ? { cut: true } : {}),
  };
}
