import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { addCounts, NO_ROWS } from '../core/story/vocabulary';
import { type EventRow, listEvents } from '../infra/database/events';
import { readJob } from '../infra/database/jobs';
import { countsOf, listStages } from '../infra/database/stages';
import { type Api, type ApiContext, TENANT } from './context';
import { withOpen } from './job-view';
import { jobParams } from './jobs';

const POLL_MS = 250;
const PROGRESS_EVERY_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const EVENTS_PAGE = 200;
const RETRY_MS = 2_000;

/** Server-sent events: the job's events with their sequence as id, and `progress` with counts, at most one a second. */
export function eventRoutes(app: Api, context: ApiContext): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.get(
    '/jobs/:id/events',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Server-sent events; continues after Last-Event-ID',
        params: jobParams,
        headers: z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() }),
        querystring: z.object({ after: z.coerce.number().int().min(0).optional() }),
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const job = await readJob(context.db, TENANT, request.params.id);
      const after = request.headers['last-event-id'] ?? request.query.after ?? 0;
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      try {
        await stream(context, job.id, after, reply.raw, signal);
      } catch (error) {
        if (!signal.aborted) request.log.warn({ err: error }, 'event stream ended');
      } finally {
        reply.raw.end();
      }
    },
  );
}

async function stream(
  context: ApiContext,
  job: string,
  after: number,
  out: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  let seen = after;
  let progressText = '';
  let progressAt = 0;
  let sentAt = Date.now();
  const send = async (text: string): Promise<void> => {
    sentAt = Date.now();
    if (!out.write(text)) await once(out, 'drain', { signal });
  };
  await send(`retry: ${RETRY_MS}\n\n`);
  while (!signal.aborted) {
    const events = await listEvents(context.db, TENANT, job, seen, EVENTS_PAGE);
    for (const event of events) await send(eventText(event));
    seen = events.at(-1)?.seq ?? seen;
    if (Date.now() - progressAt >= PROGRESS_EVERY_MS) {
      progressAt = Date.now();
      const text = await progressOf(context, job);
      if (text !== progressText) await send(text);
      progressText = text;
    }
    if (Date.now() - sentAt >= HEARTBEAT_MS) await send(': still here\n\n');
    if (events.length < EVENTS_PAGE) await wait(context.eventPollMs ?? POLL_MS, undefined, { signal });
  }
}

function eventText({ seq, kind, at, data }: EventRow): string {
  const body = { at: new Date(at).toISOString(), ...(JSON.parse(data) as object) };
  return `id: ${seq}\nevent: ${kind}\ndata: ${JSON.stringify(body)}\n\n`;
}

/** No id: a reader that comes back asks for real events only, and gets the newest counts anyway. */
async function progressOf({ db }: ApiContext, id: string): Promise<string> {
  const [job, stages] = await Promise.all([readJob(db, TENANT, id), listStages(db, TENANT, id)]);
  const rows = withOpen(stages.map(countsOf).reduce(addCounts, NO_ROWS));
  return `event: progress\ndata: ${JSON.stringify({ state: job.state, stage: job.stage, rows })}\n\n`;
}
