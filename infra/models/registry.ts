/** The configured models, ready to be asked: facts, clients and limiters by name. */
import type { ModelIdentity } from '../../core/call-key';
import type { ModelFacts } from '../../core/calls';
import { nearestName } from '../../core/nearest-name';
import type { Prices } from '../../core/price';
import { Problem } from '../../core/problem';
import type { Strategy } from '../../core/strategy';
import { apiKey, type Config, type ProviderConfig } from '../config';
import { findModel, type FoundModel } from '../config-file';
import { type BatchClient, batchClient } from './batch/batch-client';
import { requestLines } from './batch/batch-lines';
import type { Limiter } from './limiter';
import { limitsInMemory, type LimitStore, RateExchange } from './rate-exchange';
import { ModelFault, type ModelClient } from './model-client';
import { openAiClient } from './openai-client';
import { scriptedClient } from './scripted/scripted-client';

export interface BatchEndpoint {
  readonly client: BatchClient;
  /** Writes calls to a model as lines of a batch. */
  linesOf(model: string): ReturnType<typeof requestLines>;
}

export interface Models {
  /** Throws `Problem('model-unknown')`, with the nearest name there is. */
  facts(name: string): ModelFacts;
  /** Configured identity, never an address. Throws as `facts` does. */
  identity(name: string): ModelIdentity;
  prices(name: string): Prices | undefined;
  /** `configuration`, or `list <date>`; undefined without prices. */
  pricesFrom(name: string): string | undefined;
  client(provider: string): ModelClient;
  /** Its batch endpoint; only models with the capability `batch` go there. */
  batches(provider: string): BatchEndpoint;
  /** One a model, for the life of the process. */
  limiter(provider: string, model: string): Limiter;
  close(): Promise<void>;
}

export interface ModelsOptions {
  readonly strategies: readonly Strategy[];
  /** Where workers share what they learn of a provider; none: in this process alone. */
  readonly limits?: LimitStore;
  /** This process among all workers. */
  readonly worker?: string;
}

export function openModels(
  config: Pick<Config, 'providers'>,
  env: NodeJS.ProcessEnv,
  { strategies, limits = limitsInMemory(), worker = 'alone' }: ModelsOptions,
): Models {
  const clients = new Map<string, ModelClient>();
  const exchanges = new Map<string, RateExchange>();
  const batchClients = new Map<string, BatchClient>();
  const find = (name: string): FoundModel => findNamed(config.providers, name);
  const provider = (name: string): ProviderConfig => {
    const found = Object.hasOwn(config.providers, name) ? config.providers[name] : undefined;
    if (found === undefined) throw unknown(name, Object.keys(config.providers), 'a configured provider');
    return found;
  };
  return {
    facts: (name) => {
      const { capabilities, contextTokens } = find(name).model;
      return { name, capabilities, contextTokens };
    },
    identity: (name) => {
      const found = find(name);
      return { provider: found.provider.name, model: found.model.identity };
    },
    prices: (name) => find(name).model.prices,
    pricesFrom: (name) => {
      const { prices, pricesFrom } = find(name).model;
      return prices && (pricesFrom ?? 'configuration');
    },
    client: (name) => remember(clients, name, () => openClient(provider(name), env, strategies)),
    batches: (name) => {
      const found = provider(name);
      const client = () => batchClient({ provider: found, key: () => apiKey(found, env) });
      return { client: remember(batchClients, name, client), linesOf: (model) => requestLines(found, model) };
    },
    limiter: (name, model) =>
      remember(exchanges, name, () => {
        const ceilings = provider(name).limits;
        return new RateExchange({ provider: name, worker, ceilings, store: limits, warn: console.warn });
      }).limiter(model),
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
      clients.clear();
    },
  };
}

function remember<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}

function openClient(
  provider: ProviderConfig,
  env: NodeJS.ProcessEnv,
  strategies: readonly Strategy[],
): ModelClient {
  if (provider.flavour === 'scripted' && provider.baseUrl === '') return scriptedClient({ strategies });
  if (provider.baseUrl === '') return absentClient(provider.name);
  return openAiClient({ provider, key: () => apiKey(provider, env) });
}

/** A provider without an address, as the embedded one is while its server does not run: down, not broken. */
function absentClient(name: string): ModelClient {
  return {
    send: () =>
      Promise.reject(
        new ModelFault({
          code: 'ECONNREFUSED',
          message: `provider ${name} has no address: its model server does not run here. Start it with \`perennial dev\` or set PERENNIAL_EMBEDDED_URL.`,
        }),
      ),
    close: () => Promise.resolve(),
  };
}

/** Looks a name up; where it is unknown, names the nearest one that exists. */
function findNamed(providers: Readonly<Record<string, ProviderConfig>>, name: string): FoundModel {
  try {
    return findModel(providers, name);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'model-unknown') throw error;
    const known = Object.values(providers).flatMap((one) =>
      Object.keys(one.models).map((model) => `${one.name}/${model}`),
    );
    throw unknown(name, known, 'a configured model as provider/model');
  }
}

function unknown(name: string, known: readonly string[], expected: string): Problem {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${nearest}"?`;
  return new Problem(
    'model-unknown',
    `expected ${expected}, got "${name}". ${hint} Models are named in perennial.config.yaml.`,
  );
}
