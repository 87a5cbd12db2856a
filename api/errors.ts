import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '../core/problem';
import type { Api } from './context';

/** RFC 9457. `code` is stable; `at` names the place in the request. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  at: z.string().optional(),
  lines: z.array(z.int()).optional().describe('of an input: the first lines with this fault'),
  count: z.int().optional().describe('how many lines have it'),
  instance: z.string(),
});
export type ProblemBody = z.infer<typeof problemSchema>;

const FULL_DISK_CODES = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'];

export function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
  const body: ProblemBody = {
    type: `urn:perennial:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.at === undefined || problem.at === '' ? {} : { at: problem.at }),
    ...(problem.lines === undefined ? {} : { lines: [...problem.lines] }),
    ...(problem.count === undefined ? {} : { count: problem.count }),
    instance: request.url.split('?')[0] ?? '',
  };
  // A string passes the route's response schema by.
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(body));
}

/** Any error as what the caller may know of it. Never a stack; what is unexpected goes to the log. */
export function handleErrors(app: Api): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = error instanceof Problem ? error : translate(error, request);
    if (problem.status >= 500 && problem.code !== 'temporal-unavailable')
      request.log.error({ err: error, reqId: request.id }, 'request failed');
    return sendProblem(reply, request, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      request,
      new Problem(
        'not-found',
        `there is no ${request.method} ${request.url.split('?')[0]}; see /docs for what there is.`,
      ),
    ),
  );
}

function translate(error: FastifyError, request: FastifyRequest): Problem {
  if (FULL_DISK_CODES.includes(error.code)) {
    return new Problem(
      'storage-full',
      'the disk that holds the data folder is full; free some space and try again.',
    );
  }
  if (error.statusCode === 413) {
    return new Problem(
      'too-large',
      'the body is larger than this call takes; upload inputs with POST /v1/files.',
    );
  }
  if (error.statusCode === 415) {
    return new Problem(
      'body-invalid',
      `expected Content-Type application/json, got ${request.headers['content-type'] ?? 'none'}.`,
    );
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem(
      'body-invalid',
      `expected a JSON body, got one that cannot be read: ${error.message}.`,
    );
  }
  return new Problem(
    'internal',
    `something inside Perennial failed; nothing of this request was started. The API's log has the details under request ${request.id}.`,
  );
}
