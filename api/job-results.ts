import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { canonicalJson } from '../core/json';
import { Problem } from '../core/problem';
import { datasetStages } from '../core/strategy';
import { type ArtifactRow, findArtifact, listArtifacts } from '../infra/database/files';
import { type JobRow, readJob } from '../infra/database/jobs';
import { listStages } from '../infra/database/stages';
import {
  listOutcomes,
  type OutcomeRow,
  recordOf,
  type RowCursor,
  streamOutcomes,
} from '../infra/database/rows';
import { type Api, type ApiContext, TENANT } from './context';
import { limitSchema, readCursor } from './cursor';
import { nextOf, placeSchema } from './job-rows';
import { jobParams } from './jobs';

/** Pages made from generated text must not run anything. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Parquet has its columns at the end and needs all records before the first: there is none of a job that still runs. */
const DATASET_FORMATS = ['jsonl', 'parquet'] as const;
const PARQUET_TYPE = 'application/vnd.apache.parquet';

const artifactSchema = z.object({ name: z.string(), sha256: z.string(), bytes: z.int(), items: z.int() });

/** In the strategy's order, as the published dataset has them. */
async function datasetStagesOf({ db, strategies }: ApiContext, job: JobRow): Promise<string[]> {
  const strategy = strategies.find(({ name }) => name === job.strategy);
  if (!strategy) return [];
  const begun = await listStages(db, TENANT, job.id);
  return datasetStages(
    strategy,
    begun.map(({ stage }) => stage),
  );
}

/** A page of accepted rows of the stages that make the dataset, one stage after the other. */
async function listRecords(context: ApiContext, job: JobRow, after: RowCursor | undefined, limit: number) {
  const rows: OutcomeRow[] = [];
  const stages = await datasetStagesOf(context, job);
  for (const stage of stages.slice(after ? Math.max(0, stages.indexOf(after.stage)) : 0)) {
    const from = after?.stage === stage ? after : undefined;
    const filter = { stage, outcome: 'accepted' } as const;
    rows.push(...(await listOutcomes(context.db, TENANT, job.id, filter, from, limit - rows.length)));
    if (rows.length >= limit) break;
  }
  return rows;
}

async function* acceptedLines(context: ApiContext, job: JobRow): AsyncIterable<string> {
  for (const stage of await datasetStagesOf(context, job)) {
    for await (const row of streamOutcomes(context.db, TENANT, job.id, { stage, outcome: 'accepted' }))
      yield `${canonicalJson(recordOf(row))}\n`;
  }
}

async function publishedOr404({ db }: ApiContext, job: JobRow, name: string): Promise<ArtifactRow> {
  const artifact = await findArtifact(db, TENANT, job.id, name);
  if (artifact) return artifact;
  throw new Problem(
    'not-found',
    `job ${job.id} has not published its ${name.replace('publish/', '')} yet (it is ${job.state}); /records and /dataset?format=jsonl work while a job runs.`,
  );
}

function sendArtifact({ artifacts }: ApiContext, reply: FastifyReply, artifact: ArtifactRow, type: string) {
  return reply
    .type(type)
    .header('content-length', artifact.bytes)
    .header('etag', `"${artifact.sha256}"`)
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', PAGE_POLICY)
    .send(artifacts.read(artifact.sha256));
}

function attach(reply: FastifyReply, name: string): void {
  void reply.header('content-disposition', `attachment; filename="${name.replace(/[^\w.-]+/g, '-')}"`);
}

function listingRoutes(app: Api, context: ApiContext): void {
  app.get(
    '/jobs/:id/records',
    {
      schema: {
        tags: ['results'],
        summary: 'Records of the dataset so far, also while the job runs',
        params: jobParams,
        querystring: z.object({ limit: limitSchema, cursor: z.string().optional() }),
        response: { 200: z.object({ records: z.array(z.unknown()), next: z.string().optional() }) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const job = await readJob(context.db, TENANT, request.params.id);
      const rows = await listRecords(context, job, readCursor(cursor, placeSchema), limit);
      return { records: rows.map(recordOf), ...nextOf(rows, limit) };
    },
  );
}

function publishedRoutes(app: Api, context: ApiContext): void {
  app.get(
    '/jobs/:id/dataset',
    {
      schema: {
        tags: ['results'],
        summary:
          'The dataset as JSON lines, before the job has published it what is accepted so far; or as Parquet, once published',
        params: jobParams,
        querystring: z.object({ format: z.enum(DATASET_FORMATS).default('jsonl') }),
      },
    },
    async (request, reply) => {
      const job = await readJob(context.db, TENANT, request.params.id);
      const { format } = request.query;
      attach(reply, `${job.id}.${format}`);
      if (format === 'parquet') {
        const parquet = await publishedOr404(context, job, 'publish/dataset.parquet');
        void reply.header('x-perennial-dataset', 'published');
        return sendArtifact(context, reply, parquet, PARQUET_TYPE);
      }
      const published = await findArtifact(context.db, TENANT, job.id, 'publish/dataset.jsonl');
      void reply.header('x-perennial-dataset', published ? 'published' : 'partial');
      if (published) return sendArtifact(context, reply, published, 'application/x-ndjson');
      return reply.type('application/x-ndjson').send(Readable.from(acceptedLines(context, job)));
    },
  );
  app.get(
    '/jobs/:id/card',
    { schema: { tags: ['results'], summary: 'The dataset card (Markdown)', params: jobParams } },
    async (request, reply) => {
      const job = await readJob(context.db, TENANT, request.params.id);
      const card = await publishedOr404(context, job, 'publish/README.md');
      return sendArtifact(context, reply, card, 'text/markdown; charset=utf-8');
    },
  );
  app.get(
    '/jobs/:id/report',
    {
      schema: {
        tags: ['results'],
        summary: 'The report, as a page or as JSON: ?format=, else by Accept',
        params: jobParams,
        querystring: z.object({ format: z.enum(['json', 'html']).optional() }),
      },
    },
    async (request, reply) => {
      const job = await readJob(context.db, TENANT, request.params.id);
      const wanted =
        request.query.format ?? (request.headers.accept?.includes('text/html') ? 'html' : 'json');
      const report = await publishedOr404(context, job, `publish/report.${wanted}`);
      return sendArtifact(
        context,
        reply,
        report,
        wanted === 'html' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      );
    },
  );
}

function artifactRoutes(app: Api, context: ApiContext): void {
  app.get(
    '/jobs/:id/artifacts',
    {
      schema: {
        tags: ['results'],
        summary: 'Every file the job has written, by name and SHA-256',
        params: jobParams,
        response: { 200: z.object({ artifacts: z.array(artifactSchema) }) },
      },
    },
    async (request) => {
      const job = await readJob(context.db, TENANT, request.params.id);
      const found = await listArtifacts(context.db, TENANT, job.id);
      return { artifacts: found.map(({ name, sha256, bytes, items }) => ({ name, sha256, bytes, items })) };
    },
  );
  app.get(
    '/jobs/:id/artifacts/:sha256',
    {
      schema: {
        tags: ['results'],
        summary: 'One of these files',
        params: jobParams.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits') }),
      },
    },
    async (request, reply) => {
      const { id, sha256 } = request.params;
      const job = await readJob(context.db, TENANT, id);
      const found = (await listArtifacts(context.db, TENANT, job.id)).find(
        (artifact) => artifact.sha256 === sha256,
      );
      if (!found)
        throw new Problem(
          'not-found',
          `job ${id} has no artifact ${sha256}; GET /v1/jobs/${id}/artifacts lists them.`,
        );
      attach(reply, found.name);
      return sendArtifact(context, reply, found, 'application/octet-stream');
    },
  );
}

export function jobResultRoutes(app: Api, context: ApiContext): void {
  listingRoutes(app, context);
  publishedRoutes(app, context);
  artifactRoutes(app, context);
}
