/** Everything that is set from outside: the environment and `perennial.config.yaml`, read once, at a process's start. */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import {
  parseProviders,
  parseStudents,
  readConfigFile,
  type ProviderConfig,
  type StudentConfig,
} from './config-file';
import { Problem } from '../core/problem';
import { CAPABILITIES } from '../core/calls';

export type {
  Flavour,
  ModelConfig,
  Prices,
  ProviderConfig,
  ProviderLimits,
  StudentConfig,
} from './config-file';

/** SmolLM2-135M-Instruct, Q4_1. */
export const EMBEDDED_WEIGHTS_SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';
export const EMBEDDED_MODEL_NAME = 'smollm2-135m-instruct';
export const EMBEDDED_CONTEXT_TOKENS = 2_048;
const EMBEDDED_WEIGHTS_FILE = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const SCRIPTED_CONTEXT_TOKENS = 128_000;
const PORT_MAX = 65_535;
/** More would only wait for each other on one machine. */
const GENERATORS_MAX = 64;
const TRAINER_SLOTS_MAX = 64;
const LOOPBACK_HOSTS = ['127.0.0.1', '::1', 'localhost'];

export interface Config {
  /** Data folder, absolute. */
  readonly home: string;
  /** The user's cache folder, shared by all data folders, absolute. */
  readonly cache: string;
  readonly api: { readonly host: string; readonly port: number };
  /** `sqlite:<absolute file>` or `postgres://…`. */
  readonly databaseUrl: string;
  /** `file:<absolute folder>`. */
  readonly artifactsUrl: string;
  readonly temporal: {
    readonly address?: string;
    readonly namespace: string;
    readonly cliPath?: string;
    readonly port?: number;
    readonly uiPort?: number;
  };
  /** Weights (GGUF) for the embedded model server, absolute. */
  readonly modelPath?: string;
  /** Generator processes of the local stack. */
  readonly generators: number;
  /** Students that train at the same time: one a device. */
  readonly trainerSlots: number;
  readonly auth: 'on' | 'off';
  readonly ci: boolean;
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly students: Readonly<Record<string, StudentConfig>>;
}

/** An empty variable counts as unset, as shells and compose files leave them. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'a port number from 0 to 65535 (0 = any free one)')
  .transform(Number)
  .refine((value) => value <= PORT_MAX, 'a port number from 0 to 65535 (0 = any free one)');
const httpUrl = z
  .string()
  .refine(
    (value) => /^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : ''),
    'a URL that starts with http:// or https://',
  );

const environmentSchema = z.object({
  PERENNIAL_HOME: optional(z.string()),
  PERENNIAL_CONFIG: optional(z.string()),
  PERENNIAL_CACHE: optional(z.string()),
  PERENNIAL_API_HOST: optional(z.string().regex(/^[\w.:-]+$/, 'a host name or an IP address')),
  PERENNIAL_API_PORT: optional(port),
  PERENNIAL_DATABASE_URL: optional(
    z
      .string()
      .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'sqlite:<file> or postgres://<user>@<host>/<database>'),
  ),
  PERENNIAL_ARTIFACTS_URL: optional(z.string().regex(/^file:.+$/, 'file:<folder>')),
  PERENNIAL_MODEL_PATH: optional(z.string()),
  PERENNIAL_GENERATORS: optional(
    z
      .string()
      .regex(/^\d{1,3}$/, `a whole number from 1 to ${GENERATORS_MAX}`)
      .transform(Number)
      .refine((value) => value >= 1 && value <= GENERATORS_MAX, `a whole number from 1 to ${GENERATORS_MAX}`),
  ),
  PERENNIAL_TRAINER_SLOTS: optional(
    z
      .string()
      .regex(/^\d{1,2}$/, `a whole number from 1 to ${TRAINER_SLOTS_MAX}`)
      .transform(Number)
      .refine(
        (value) => value >= 1 && value <= TRAINER_SLOTS_MAX,
        `a whole number from 1 to ${TRAINER_SLOTS_MAX}`,
      ),
  ),
  PERENNIAL_AUTH: optional(z.enum(['on', 'off'], 'on or off')),
  PERENNIAL_TEMPORAL_PORT: optional(port),
  PERENNIAL_TEMPORAL_UI_PORT: optional(port),
  PERENNIAL_EMBEDDED_URL: optional(httpUrl),
  PERENNIAL_EMBEDDED_IDENTITY: optional(z.string()),
  TEMPORAL_ADDRESS: optional(z.string().regex(/^[^\s/]+:\d{1,5}$/, '<host>:<port>, without http://')),
  TEMPORAL_NAMESPACE: optional(
    z.string().regex(/^[\w.-]+$/, 'a namespace of letters, digits, ".", "_" and "-"'),
  ),
  TEMPORAL_CLI_PATH: optional(z.string()),
  OPENAI_BASE_URL: optional(httpUrl),
  OPENAI_API_KEY: optional(z.string()),
  XDG_CACHE_HOME: optional(z.string()),
  CI: optional(z.string()),
});
type Environment = z.infer<typeof environmentSchema>;

/** Values that may hold a password or a key are never repeated in a message. */
const SECRET_VARIABLES: readonly string[] = ['PERENNIAL_DATABASE_URL', 'OPENAI_API_KEY', 'OPENAI_BASE_URL'];

function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const parsed = environmentSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? 'the environment');
  const got = SECRET_VARIABLES.includes(name) ? 'something else (not shown)' : `"${env[name] ?? ''}"`;
  throw new Problem(
    'config-invalid',
    `${name}: expected ${issue?.message ?? 'another value'}, got ${got}. Change or unset it.`,
    name,
  );
}

/** `sqlite:x.db` and `file:x` name places on disk: relative ones start at the working folder. */
function absoluteUrl(url: string, cwd: string): string {
  const scheme = /^(sqlite|file):/.exec(url)?.[0];
  if (scheme === undefined) return url;
  const place = url.slice(scheme.length).replace(/^\/\/(?=\/)/, '');
  return scheme + (isAbsolute(place) ? place : resolve(cwd, place));
}

function existingFile(name: string, file: string | undefined, cwd: string): string | undefined {
  if (file === undefined) return undefined;
  const full = resolve(cwd, file);
  if (existsSync(full) && statSync(full).isFile()) return full;
  throw new Problem(
    'config-invalid',
    `${name}: expected a file, got "${file}", which ${existsSync(full) ? 'is a folder' : 'does not exist'}. Correct or unset it.`,
    name,
  );
}

function embeddedProvider(env: Environment, modelPath: string | undefined): ProviderConfig {
  const file = basename(modelPath ?? EMBEDDED_WEIGHTS_FILE);
  const name =
    file === EMBEDDED_WEIGHTS_FILE ? EMBEDDED_MODEL_NAME : file.replace(/\.gguf$/i, '').toLowerCase();
  // The supervisor passes the file's hash on. A process without it tells weights apart by size and age.
  const unhashed =
    modelPath === undefined
      ? EMBEDDED_WEIGHTS_SHA256
      : `${file}@${statSync(modelPath).size}-${Math.floor(statSync(modelPath).mtimeMs)}`;
  return {
    name: 'embedded',
    flavour: 'embedded',
    baseUrl: env.PERENNIAL_EMBEDDED_URL ?? '',
    limits: {},
    acceptsAnyModel: false,
    models: {
      [name]: {
        name,
        identity: env.PERENNIAL_EMBEDDED_IDENTITY ?? unhashed,
        contextTokens: EMBEDDED_CONTEXT_TOKENS,
        capabilities: ['chat', 'completion', 'jsonSchema', 'jsonMode', 'seed', 'promptLogprobs'],
        prices: { inputUsdPerMillion: 0, outputUsdPerMillion: 0 },
      },
    },
  };
}

const SCRIPTED: ProviderConfig = {
  name: 'scripted',
  flavour: 'scripted',
  baseUrl: '',
  limits: {},
  acceptsAnyModel: false,
  models: {
    'scripted-1': {
      name: 'scripted-1',
      identity: 'scripted-1',
      contextTokens: SCRIPTED_CONTEXT_TOKENS,
      capabilities: CAPABILITIES.filter((capability) => capability !== 'batch'),
      prices: { inputUsdPerMillion: 0, outputUsdPerMillion: 0 },
    },
  },
};

function builtInProviders(env: Environment, modelPath: string | undefined): Record<string, ProviderConfig> {
  const providers: Record<string, ProviderConfig> = {
    embedded: embeddedProvider(env, modelPath),
    scripted: SCRIPTED,
  };
  if (env.OPENAI_BASE_URL !== undefined || env.OPENAI_API_KEY !== undefined) {
    const baseUrl = env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
    providers.openai = {
      name: 'openai',
      flavour: 'openai',
      baseUrl,
      apiKeyEnv: 'OPENAI_API_KEY',
      limits: {},
      acceptsAnyModel: true,
      models: {},
    };
  }
  return providers;
}

function authOf(env: Environment, host: string): 'on' | 'off' {
  const loopback = LOOPBACK_HOSTS.includes(host);
  if (env.PERENNIAL_AUTH === 'off' && !loopback) {
    throw new Problem(
      'config-invalid',
      `PERENNIAL_AUTH: expected on, because PERENNIAL_API_HOST is ${host}, got "off". Only a loopback address (127.0.0.1) may be served without keys.`,
      'PERENNIAL_AUTH',
    );
  }
  return env.PERENNIAL_AUTH ?? (loopback ? 'off' : 'on');
}

/** Reads and validates it all; throws `Problem('config-invalid')` that names the setting, what was expected and what came. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): Config {
  const settings = readEnvironment(env);
  const file = readConfigFile(settings.PERENNIAL_CONFIG, cwd);
  const home = resolve(cwd, settings.PERENNIAL_HOME ?? '.perennial');
  const host = settings.PERENNIAL_API_HOST ?? '127.0.0.1';
  const modelPath = existingFile('PERENNIAL_MODEL_PATH', settings.PERENNIAL_MODEL_PATH, cwd);
  const providers = { ...builtInProviders(settings, modelPath), ...parseProviders(file) };
  const cliPath =
    settings.TEMPORAL_CLI_PATH === undefined ? undefined : resolve(cwd, settings.TEMPORAL_CLI_PATH);
  return {
    home,
    cache: resolve(
      cwd,
      settings.PERENNIAL_CACHE ?? join(settings.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'perennial'),
    ),
    api: { host, port: settings.PERENNIAL_API_PORT ?? 8_080 },
    databaseUrl: absoluteUrl(settings.PERENNIAL_DATABASE_URL ?? `sqlite:${join(home, 'perennial.db')}`, cwd),
    artifactsUrl: absoluteUrl(settings.PERENNIAL_ARTIFACTS_URL ?? `file:${join(home, 'artifacts')}`, cwd),
    temporal: {
      ...(settings.TEMPORAL_ADDRESS === undefined ? {} : { address: settings.TEMPORAL_ADDRESS }),
      namespace: settings.TEMPORAL_NAMESPACE ?? 'default',
      ...(cliPath === undefined ? {} : { cliPath }),
      ...(settings.PERENNIAL_TEMPORAL_PORT === undefined ? {} : { port: settings.PERENNIAL_TEMPORAL_PORT }),
      ...(settings.PERENNIAL_TEMPORAL_UI_PORT === undefined
        ? {}
        : { uiPort: settings.PERENNIAL_TEMPORAL_UI_PORT }),
    },
    ...(modelPath === undefined ? {} : { modelPath }),
    generators: settings.PERENNIAL_GENERATORS ?? 1,
    trainerSlots: settings.PERENNIAL_TRAINER_SLOTS ?? 1,
    auth: authOf(settings, host),
    ci: settings.CI !== undefined && settings.CI !== 'false' && settings.CI !== '0',
    providers,
    students: parseStudents(file, Object.keys(providers)),
  };
}

/** The provider's key, read when it is needed and never stored in {@link Config}. */
export function apiKey(provider: ProviderConfig, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const key = provider.apiKeyEnv === undefined ? undefined : env[provider.apiKeyEnv];
  return key === '' ? undefined : key;
}

/** Where the keys' variables stand, for the processes that call models. */
export function keyEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/** The environment a child process starts with: this process's own and `more`. */
export function childEnvironment(
  more: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return { ...env, ...more };
}

/** True in a child of the local supervisor, whose standard input is the pipe that tells of the supervisor's end. */
export function isSupervised(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.PERENNIAL_SUPERVISED === '1';
}

const withoutUserInfo = (url: string): string =>
  url.replace(/\/\/[^/@]*@/, '//***@').replace(/\?.*$/, '?***');

/** The configuration as text for people and logs, without passwords and keys. */
export function describeConfig(config: Config, env: NodeJS.ProcessEnv = process.env): string {
  const providers = Object.values(config.providers).map((provider) => {
    const key =
      provider.apiKeyEnv === undefined
        ? 'no key'
        : `${provider.apiKeyEnv} ${apiKey(provider, env) === undefined ? 'not set' : 'set'}`;
    const models = provider.acceptsAnyModel ? 'any model' : Object.keys(provider.models).join(', ');
    return `  ${provider.name}: ${provider.flavour} ${withoutUserInfo(provider.baseUrl)} (${key}) ${models}`.replace(
      / {2,}\(/,
      ' (',
    );
  });
  return [
    `home ${config.home}`,
    `api ${config.api.host}:${config.api.port}, auth ${config.auth}`,
    `database ${withoutUserInfo(config.databaseUrl)}`,
    `artifacts ${config.artifactsUrl}`,
    `temporal ${config.temporal.address ?? 'local'}, namespace ${config.temporal.namespace}`,
    'providers',
    ...providers,
  ].join('\n');
}
