/** `perennial.config.yaml`: providers, their models and prices, and external students. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { CAPABILITIES, type Capability } from '../core/calls';
import { BATCH_SHARE_DEFAULT } from '../core/price';
import { LIST_PRICES_AS_OF, listPrices } from '../core/prices/default-prices';
import { Problem } from '../core/problem';
import { batchLimitsSchema } from './models/batch/batch-limits';

const DEFAULT_FILE = 'perennial.config.yaml';
const CONFIG_BYTES_MAX = 1024 ** 2;
const CONTEXT_TOKENS_DEFAULT = 128_000;
// Above these a number is a slip of the hand: a price per token, milliseconds for minutes.
const USD_PER_MILLION_MAX = 100_000;
const REQUESTS_PER_MINUTE_MAX = 100_000_000;
const TOKENS_PER_MINUTE_MAX = 1_000_000_000_000;
const CONCURRENCY_MAX = 65_536;
const CONTEXT_TOKENS_MAX = 1_000_000_000;
export const TOP_LOGPROBS_MAX = 20;
/** The student that needs no configuration. */
export const LINEAR = 'linear';

const FLAVOURS = ['openai', 'azure', 'vllm', 'sglang', 'llama-server', 'embedded', 'scripted'] as const;
export type Flavour = (typeof FLAVOURS)[number];

/** Whose models {@link listPrices} knows by name. */
const LISTED_FLAVOURS: readonly Flavour[] = ['openai', 'azure'];

/** What a model can do where its configuration does not say. */
const FLAVOUR_CAPABILITIES: Readonly<Record<Flavour, readonly Capability[]>> = {
  openai: ['chat', 'jsonSchema', 'jsonMode', 'seed'],
  azure: ['chat', 'jsonSchema', 'jsonMode', 'seed'],
  vllm: ['chat', 'completion', 'jsonSchema', 'jsonMode', 'seed', 'promptLogprobs'],
  sglang: ['chat', 'completion', 'jsonSchema', 'jsonMode', 'seed', 'promptLogprobs'],
  'llama-server': ['chat', 'completion', 'jsonSchema', 'jsonMode', 'seed'],
  embedded: ['chat', 'completion', 'jsonSchema', 'jsonMode', 'seed', 'promptLogprobs'],
  scripted: CAPABILITIES.filter((capability) => capability !== 'batch'),
};

const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'a name of letters, digits, ".", "_" and "-"');
const priceSchema = z.number().min(0).max(USD_PER_MILLION_MAX);
const pricesSchema = z
  .strictObject({
    inputUsdPerMillion: priceSchema,
    cachedInputUsdPerMillion: priceSchema.exactOptional(),
    outputUsdPerMillion: priceSchema,
    /** Share of the price that the provider's batch mode costs. */
    batchShare: z.number().positive().max(1).exactOptional(),
  })
  // Caps reserve input at its full price: a dearer cached one would go through them.
  .refine((prices) => (prices.cachedInputUsdPerMillion ?? 0) <= prices.inputUsdPerMillion, {
    path: ['cachedInputUsdPerMillion'],
    error: 'no more than inputUsdPerMillion',
  });
export type Prices = Readonly<z.infer<typeof pricesSchema>>;

const limitsSchema = z.strictObject({
  requestsPerMinute: z.number().positive().max(REQUESTS_PER_MINUTE_MAX).exactOptional(),
  tokensPerMinute: z.number().positive().max(TOKENS_PER_MINUTE_MAX).exactOptional(),
  concurrencyMax: z.int().positive().max(CONCURRENCY_MAX).exactOptional(),
});
export type ProviderLimits = Readonly<z.infer<typeof limitsSchema>>;

const modelSchema = z.strictObject({
  identity: z.string().min(1).exactOptional(),
  contextTokens: z.int().positive().max(CONTEXT_TOKENS_MAX).exactOptional(),
  capabilities: z.array(z.enum(CAPABILITIES)).exactOptional(),
  tokenizer: z.string().exactOptional(),
  topLogprobsMax: z.int().min(0).exactOptional(),
  /** null: the price is unknown, also where there is a list price. */
  prices: pricesSchema.nullable().exactOptional(),
});

const providerSchema = z.strictObject({
  flavour: z.enum(FLAVOURS).default('openai'),
  baseUrl: z
    .url({ protocol: /^https?$/, error: 'a URL that starts with http:// or https://' })
    .exactOptional(),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable, never a key')
    .exactOptional(),
  limits: limitsSchema.default({}),
  batch: batchLimitsSchema.exactOptional(),
  models: z.record(z.string().min(1), modelSchema.nullable()).default({}),
});

const studentSchema = z.strictObject({
  kind: z.enum(['process', 'openai-finetune']),
  /** Of a process: the program and its first arguments. */
  command: z.array(z.string()).min(1).exactOptional(),
  /** Of a fine-tuning service: whose endpoint and key. */
  provider: nameSchema.exactOptional(),
  /** Raise it when the program trains otherwise than before: finished trainings are known by it. */
  identity: z.string().min(1).exactOptional(),
  tasks: z.array(z.enum(['train', 'predict', 'score', 'sample'])).default(['train', 'predict']),
  bases: z.array(z.string()).default([]),
});
export interface StudentConfig extends Readonly<z.infer<typeof studentSchema>> {
  /** The configuration's own: files that a command names are looked for there first. */
  readonly folder: string;
}

const fileSchema = z.strictObject({
  providers: z.record(nameSchema, providerSchema).default({}),
  students: z.record(nameSchema, studentSchema).default({}),
});

export interface ConfigFile {
  readonly path: string;
  readonly content: z.infer<typeof fileSchema>;
}

export interface ModelConfig {
  readonly name: string;
  /** What the ledger knows the model by; the weights' hash for local ones. */
  readonly identity: string;
  readonly contextTokens: number;
  readonly capabilities: readonly Capability[];
  readonly prices?: Prices;
  /** Where the prices come from: `configuration`, or `list <date>` for a list price of that day. */
  readonly pricesFrom?: string;
  /** Absolute path of a `tokenizer.json`. */
  readonly tokenizer?: string;
  readonly topLogprobsMax?: number;
}

export interface ProviderConfig {
  readonly name: string;
  readonly flavour: Flavour;
  /** Empty where calls stay in this process, or while the embedded server does not run. */
  readonly baseUrl: string;
  /** The name of a variable, never a key. */
  readonly apiKeyEnv?: string;
  readonly limits: ProviderLimits;
  /** What its batch endpoint takes, where it differs from the usual. */
  readonly batch?: z.infer<typeof batchLimitsSchema>;
  /** True: models that are not listed are taken as they come, see {@link findModel}. */
  readonly acceptsAnyModel: boolean;
  readonly models: Readonly<Record<string, ModelConfig>>;
}

function fault(path: string, at: readonly PropertyKey[], message: string): Problem {
  const place = at.map(String).join('.');
  return new Problem('config-invalid', `${path}: ${place === '' ? 'the file' : place}: ${message}`, place);
}

/** Reads the file; a missing default is no fault, a missing named one is. */
export function readConfigFile(named: string | undefined, cwd: string): ConfigFile {
  const path = resolve(cwd, named ?? DEFAULT_FILE);
  if (!existsSync(path)) {
    if (named === undefined) return { path, content: { providers: {}, students: {} } };
    throw new Problem(
      'config-invalid',
      `PERENNIAL_CONFIG: expected a file, got "${named}", which does not exist. Correct or unset it.`,
      'PERENNIAL_CONFIG',
    );
  }
  if (statSync(path).size > CONFIG_BYTES_MAX)
    throw fault(path, [], `expected at most ${CONFIG_BYTES_MAX} bytes of YAML, got more`);
  const document = parseDocument(readFileSync(path, 'utf8'));
  const broken = document.errors[0];
  if (broken !== undefined)
    throw fault(path, [], `expected YAML, got a syntax error: ${broken.message.split('\n')[0] ?? ''}`);
  const parsed = fileSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { path, content: parsed.data };
  const issue = parsed.error.issues[0];
  // A key written where its variable's name belongs must not reach a log: values are never repeated.
  throw fault(path, issue?.path ?? [], `${expectation(issue?.message)} Correct this entry.`);
}

function expectation(message: string | undefined): string {
  if (message === undefined) return 'expected another value.';
  const known = /^(Invalid|Unrecognized|Too|expected)/i.test(message);
  return known ? `${message}.` : `expected ${message}, got something else.`;
}

/** What the configuration says, else the list price of a model of OpenAI's, else nothing: unknown, never free. */
function pricesOf(
  name: string,
  flavour: Flavour,
  capabilities: readonly Capability[],
  given: Prices | null | undefined,
): Pick<ModelConfig, 'prices' | 'pricesFrom'> {
  const listed = LISTED_FLAVOURS.includes(flavour);
  const found = given === undefined && listed ? listPrices(name) : given;
  if (found === undefined || found === null) return {};
  const batchShare = found.batchShare ?? (listed ? BATCH_SHARE_DEFAULT : 1);
  return {
    prices: capabilities.includes('batch') ? { ...found, batchShare } : found,
    pricesFrom: given ? 'configuration' : `list ${LIST_PRICES_AS_OF}`,
  };
}

function modelConfig(
  provider: string,
  name: string,
  flavour: Flavour,
  entry: z.infer<typeof modelSchema>,
  folder: string,
): ModelConfig {
  const capabilities = entry.capabilities ?? FLAVOUR_CAPABILITIES[flavour];
  return {
    name,
    identity: entry.identity ?? `${provider}/${name}`,
    contextTokens: entry.contextTokens ?? CONTEXT_TOKENS_DEFAULT,
    capabilities,
    ...pricesOf(name, flavour, capabilities, entry.prices),
    ...(entry.tokenizer === undefined ? {} : { tokenizer: resolve(folder, entry.tokenizer) }),
    ...(entry.topLogprobsMax === undefined ? {} : { topLogprobsMax: entry.topLogprobsMax }),
  };
}

function checkTokenizers(
  path: string,
  provider: string,
  models: z.infer<typeof providerSchema>['models'],
): void {
  for (const [model, entry] of Object.entries(models)) {
    if (entry?.tokenizer === undefined || existsSync(resolve(dirname(path), entry.tokenizer))) continue;
    throw fault(
      path,
      ['providers', provider, 'models', model, 'tokenizer'],
      `expected a tokenizer.json, got "${entry.tokenizer}", which does not exist. Correct or remove it.`,
    );
  }
}

export function parseProviders(file: ConfigFile): Record<string, ProviderConfig> {
  const entries = Object.entries(file.content.providers).map(([name, entry]): [string, ProviderConfig] => {
    if (entry.baseUrl === undefined && entry.flavour !== 'scripted') {
      throw fault(
        file.path,
        ['providers', name, 'baseUrl'],
        `expected the endpoint's URL, got nothing. Only flavour scripted needs none.`,
      );
    }
    checkTokenizers(file.path, name, entry.models);
    const models = Object.entries(entry.models).map(
      ([model, found]) =>
        [model, modelConfig(name, model, entry.flavour, found ?? {}, dirname(file.path))] as const,
    );
    return [
      name,
      {
        name,
        flavour: entry.flavour,
        baseUrl: entry.baseUrl ?? '',
        ...(entry.apiKeyEnv === undefined ? {} : { apiKeyEnv: entry.apiKeyEnv }),
        limits: entry.limits,
        ...(entry.batch === undefined ? {} : { batch: entry.batch }),
        acceptsAnyModel: false,
        models: Object.fromEntries(models),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** @param providers those of the file and the built-in ones: a fine-tuning service is one of them */
export function parseStudents(file: ConfigFile, providers: readonly string[]): Record<string, StudentConfig> {
  const refuse = (name: string, field: string, message: string): never => {
    throw fault(file.path, ['students', name, field].filter(Boolean), message);
  };
  for (const [name, { kind, command, provider, bases }] of Object.entries(file.content.students)) {
    if (name === LINEAR)
      refuse(name, '', `expected another name: "${LINEAR}" is built in. Rename this entry.`);
    if (kind === 'process' && command === undefined)
      refuse(name, 'command', 'expected the program and its arguments, got nothing. A process needs one.');
    if (kind === 'openai-finetune' && (provider === undefined || !providers.includes(provider)))
      refuse(name, 'provider', `expected one of ${providers.join(', ')}, got "${provider ?? 'nothing'}".`);
    if (kind === 'openai-finetune' && bases.length === 0)
      refuse(name, 'bases', 'expected the models that may be fine-tuned, got none.');
  }
  const folder = dirname(file.path);
  return Object.fromEntries(
    Object.entries(file.content.students).map(([name, entry]) => [name, { ...entry, folder }]),
  );
}

export interface FoundModel {
  readonly provider: ProviderConfig;
  readonly model: ModelConfig;
}

/** Looks `provider/model` up; the model's own name may hold slashes. Throws `Problem('model-unknown')`. */
export function findModel(providers: Readonly<Record<string, ProviderConfig>>, name: string): FoundModel {
  const [providerName = '', ...rest] = name.split('/');
  const modelName = rest.join('/');
  const provider = Object.hasOwn(providers, providerName) ? providers[providerName] : undefined;
  if (provider === undefined) {
    throw new Problem(
      'model-unknown',
      `expected provider/model with a configured provider (${Object.keys(providers).join(', ')}), got "${name}". Name one of these or add it to perennial.config.yaml.`,
    );
  }
  const listed = Object.hasOwn(provider.models, modelName) ? provider.models[modelName] : undefined;
  if (listed !== undefined) return { provider, model: listed };
  if (provider.acceptsAnyModel && modelName !== '')
    return { provider, model: modelConfig(provider.name, modelName, provider.flavour, {}, '') };
  throw new Problem(
    'model-unknown',
    `expected a model of provider ${providerName} (${Object.keys(provider.models).join(', ')}), got "${modelName}". Name one of these or add it to perennial.config.yaml.`,
  );
}
