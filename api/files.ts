import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '../core/problem';
import { FILE_BYTES_MAX } from '../core/story/limits';
import { type FileRow, insertFile, readFile } from '../infra/database/files';
import { INPUT_EXTENSIONS, inputFormatOf } from '../infra/inputs/input-format';
import { newFileId } from './admit-inputs';
import { type Api, type ApiContext, TENANT } from './context';

const NAME_CHARACTERS_MAX = 200;

const fileSchema = z.object({
  id: z.string(),
  /** What a job's `inputs` name it by. */
  ref: z.string(),
  name: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  createdAt: z.string(),
});

function viewFile({ id, name, bytes, sha256, at }: FileRow): z.infer<typeof fileSchema> {
  return { id, ref: `file:${id}`, name, bytes, sha256, createdAt: new Date(at).toISOString() };
}

function checkName(given: string | undefined): string {
  const name = basename((given ?? '').replaceAll('\\', '/'));
  if (name !== '' && name.length <= NAME_CHARACTERS_MAX && /^[^\p{Cc}]+$/u.test(name) && inputFormatOf(name))
    return name;
  throw new Problem(
    'file-invalid',
    `name: expected a file named ${INPUT_EXTENSIONS}, got "${name.slice(0, NAME_CHARACTERS_MAX)}". For a raw body, give it as ?name=.`,
    'name',
  );
}

/** Stops an upload that is larger than the limit while it streams. */
async function* limited(stream: Readable, name: string): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > FILE_BYTES_MAX) throw tooLarge(name);
    yield chunk;
  }
}

function tooLarge(name: string): Problem {
  return new Problem(
    'too-large',
    `${name}: expected at most ${FILE_BYTES_MAX} bytes, got more; split the file, and name all parts in the job's input.`,
  );
}

async function uploadOf(
  request: FastifyRequest,
  named: string | undefined,
): Promise<{ name: string; stream: Readable }> {
  if (!request.isMultipart()) return { name: checkName(named), stream: request.body as Readable };
  const part = await request
    .file({ limits: { fileSize: FILE_BYTES_MAX + 1, files: 1 } })
    .catch((error: Error) => {
      throw new Problem(
        'file-invalid',
        `the body: expected a multipart form with one file, got a fault: ${error.message}.`,
        'file',
      );
    });
  if (!part) {
    throw new Problem('file-invalid', 'the body: expected one file in the form, got none.', 'file');
  }
  return { name: checkName(named ?? part.filename), stream: part.file };
}

/** Registered in a scope of its own: here every content type is a file, JSON included. */
export function fileRoutes(app: Api, { artifacts, db }: ApiContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  void app.register(multipart);
  app.post(
    '/files',
    {
      bodyLimit: FILE_BYTES_MAX,
      schema: {
        tags: ['inputs'],
        summary: 'Uploads an input file: multipart with one file, or the bytes with ?name=',
        consumes: ['multipart/form-data', 'application/octet-stream'],
        querystring: z.object({ name: z.string().max(NAME_CHARACTERS_MAX).optional() }),
        response: { 201: fileSchema },
      },
    },
    async (request, reply) => {
      const { name, stream } = await uploadOf(request, request.query.name);
      if (Number(request.headers['content-length'] ?? 0) > FILE_BYTES_MAX) throw tooLarge(name);
      const { sha256, bytes } = await artifacts.write(limited(stream, name));
      if (bytes === 0)
        throw new Problem('file-invalid', `${name}: expected some bytes, got an empty file.`, 'file');
      const file = { tenant: TENANT, id: newFileId(), name, sha256, bytes, at: Date.now() };
      await insertFile(db, file);
      return reply.code(201).header('location', `/v1/files/${file.id}`).send(viewFile(file));
    },
  );
  app.get(
    '/files/:id',
    {
      schema: {
        tags: ['inputs'],
        summary: 'What was uploaded',
        params: z.object({ id: z.string().max(64) }),
        response: { 200: fileSchema },
      },
    },
    async (request) => viewFile(await readFile(db, TENANT, request.params.id)),
  );
}
