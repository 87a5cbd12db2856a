import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ModelFacts } from '../core/calls';
import type { Strategy } from '../core/strategy';
import type { ArtifactStore } from '../infra/artifacts/store';
import type { Database } from '../infra/database/open-database';
import type { StudentDirectory } from '../infra/training/student-directory';
import type { JobWorkflows } from './job-workflows';

/** The only tenant until API keys exist. */
export const TENANT = 'default';

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Dollars per million tokens; `batchShare` of it in the provider's batch mode. */
export const pricesSchema = z.object({
  inputUsdPerMillion: z.number(),
  cachedInputUsdPerMillion: z.number().exactOptional(),
  outputUsdPerMillion: z.number(),
  batchShare: z.number().exactOptional(),
});

/** A model as the configuration knows it; `prices` where they are known. */
export interface ConfiguredModel extends ModelFacts {
  readonly provider: string;
  readonly flavour: string;
  readonly prices?: z.infer<typeof pricesSchema>;
  /** `configuration`, or `list <date>`; with `prices`. */
  readonly pricesFrom?: string;
}

export interface ModelDirectory {
  /** @throws Problem `model-unknown` */
  find(name: string): ConfiguredModel;
  list(): readonly ConfiguredModel[];
  /** Providers that take any model name, as `<provider>/*`. */
  readonly open: readonly string[];
}

/** Everything the API is built from. */
export interface ApiContext {
  readonly db: Database;
  readonly artifacts: ArtifactStore;
  readonly workflows: JobWorkflows;
  readonly strategies: readonly Strategy[];
  readonly models: ModelDirectory;
  readonly students: StudentDirectory;
  /** The host the API was told to listen on; its name is accepted in `Host`. */
  readonly host: string;
  /** Address of a job in Temporal's UI, where there is one. */
  temporalLink(jobId: string): string | undefined;
  /** Event streams look for news this often. */
  readonly eventPollMs?: number;
}
