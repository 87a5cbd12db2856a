import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Api } from './context';

/** Generated from the routes' schemas; readable at /docs, as JSON at /docs/json. */
export function describeApi(app: Api): void {
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Perennial',
        description:
          'Durable synthetic-data jobs. Errors are RFC 9457 problem+json with a stable `code` and, where it helps, `at`.',
        version: '1',
      },
      tags: [
        { name: 'jobs', description: 'start, look at and control jobs' },
        { name: 'results', description: 'rows, records, dataset and report, also while a job runs' },
        { name: 'inputs', description: 'upload input files' },
        { name: 'catalogue', description: 'strategies, models and what a job would cost' },
        { name: 'operations', description: 'is it alive, is it ready' },
      ],
    },
    transform: jsonSchemaTransform,
  });
  void app.register(swaggerUi, { routePrefix: '/docs' });
}
