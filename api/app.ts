import fastify from 'fastify';
import type { FastifyServerOptions } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { BODY_BYTES_MAX } from '../core/story/limits';
import type { Api, ApiContext } from './context';
import { handleErrors } from './errors';
import { estimateRoutes } from './estimates';
import { eventRoutes } from './events';
import { fileRoutes } from './files';
import { forkRoutes } from './fork';
import { guardHosts } from './guard';
import { healthRoutes } from './health';
import { jobControlRoutes } from './job-control';
import { jobRowRoutes } from './job-rows';
import { jobResultRoutes } from './job-results';
import { jobRoutes } from './jobs';
import { modelRoutes } from './models';
import { describeApi } from './openapi';
import { retryRowsRoutes } from './retry-rows';
import { strategyRoutes } from './strategies';
import { problemOf } from './zod-problem';

/** The API without a socket: `inject` requests, or `listen`. */
export function buildApp(context: ApiContext, logger: FastifyServerOptions['logger'] = false): Api {
  const app: Api = fastify({
    bodyLimit: BODY_BYTES_MAX,
    logger,
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.setSerializerCompiler(serializerCompiler);
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data) => {
    const parsed = schema.safeParse(data ?? {});
    return parsed.success ? { value: parsed.data } : { error: problemOf(parsed.error, schema, data) };
  });
  handleErrors(app);
  guardHosts(app, context.host);
  describeApi(app);
  void app.register(async (scope) => healthRoutes(scope, context));
  void app.register(
    async (v1: Api) => {
      jobRoutes(v1, context);
      forkRoutes(v1, context);
      jobControlRoutes(v1, context);
      jobResultRoutes(v1, context);
      jobRowRoutes(v1, context);
      retryRowsRoutes(v1, context);
      eventRoutes(v1, context);
      strategyRoutes(v1, context);
      estimateRoutes(v1, context);
      modelRoutes(v1, context);
      void v1.register(async (files) => fileRoutes(files, context));
    },
    { prefix: '/v1' },
  );
  return app;
}
