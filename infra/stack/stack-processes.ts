/** Which processes a local stack consists of, and what each is told by its environment. */
import { devServerArguments, type DevServer } from '../temporal/dev-server';
import { compiled } from './package-root';
import type { Config } from '../config';
import type { ProcessSpec } from './supervise';

export interface StackAddresses {
  /** `http://127.0.0.1:8080` */
  readonly api: string;
  /** Temporal's own UI; empty beside a server that is not ours and whose UI nobody named. */
  readonly ui: string;
  /** `<host>:<port>` */
  readonly temporal: string;
  /** The embedded model's base URL. */
  readonly model?: string;
}

/** The embedded model, ready to be served. */
export interface EmbeddedModel {
  readonly library: string;
  readonly weights: string;
  readonly identity: string;
  readonly name: string;
}

export const temporalProcess = (server: DevServer): ProcessSpec => ({
  name: 'temporal',
  role: 'temporal',
  run: { program: server.binary.command, args: devServerArguments(server) },
});

export function modelProcess(model: EmbeddedModel, port: number): ProcessSpec {
  const args = [
    '--library',
    model.library,
    '--weights',
    model.weights,
    '--name',
    model.name,
    '--port',
    String(port),
  ];
  return { name: 'model', role: 'model', run: { script: compiled('infra/models/embedded/server.js'), args } };
}

/**
 * Calls make much garbage that dies young: a larger nursery halves what collecting it costs. With the default limit of
 * the old space, garbage grows to hundreds of MB before anybody looks (docs/decisions/008-hot-path.md).
 */
const GENERATOR_NODE = ['--max-semi-space-size=32', '--max-old-space-size=1024'];

export function ownProcesses(generators: number): ProcessSpec[] {
  const worker = (name: string, file: string, node: readonly string[] = []): ProcessSpec => ({
    name,
    role: 'worker',
    run: { script: compiled(file), node },
  });
  const numbered = Array.from({ length: generators }, (_, at) =>
    worker(generators === 1 ? 'generator' : `generator-${at + 1}`, 'workers/generator.js', GENERATOR_NODE),
  );
  return [
    worker('orchestrator', 'workers/orchestrator.js'),
    ...numbered,
    worker('transformer', 'workers/transformer.js'),
    worker('trainer', 'workers/trainer.js'),
    { name: 'api', role: 'api', run: { script: compiled('api/server.js') } },
  ];
}

/** Settled values, by variable: the children must not settle them anew. */
export function stackEnvironment(
  config: Config,
  ports: { readonly api: number; readonly ui: number },
  addresses: StackAddresses,
  model: EmbeddedModel | undefined,
): Record<string, string> {
  return {
    PERENNIAL_SUPERVISED: '1',
    PERENNIAL_HOME: config.home,
    PERENNIAL_CACHE: config.cache,
    PERENNIAL_API_HOST: config.api.host,
    PERENNIAL_API_PORT: String(ports.api),
    PERENNIAL_AUTH: config.auth,
    PERENNIAL_DATABASE_URL: config.databaseUrl,
    PERENNIAL_ARTIFACTS_URL: config.artifactsUrl,
    ...(ports.ui === 0 ? {} : { PERENNIAL_TEMPORAL_UI_PORT: String(ports.ui) }),
    ...(config.modelPath === undefined ? {} : { PERENNIAL_MODEL_PATH: config.modelPath }),
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: config.temporal.namespace,
    ...(model === undefined || addresses.model === undefined
      ? {}
      : { PERENNIAL_EMBEDDED_URL: addresses.model, PERENNIAL_EMBEDDED_IDENTITY: model.identity }),
  };
}
