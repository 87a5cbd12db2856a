/** A provider's Files and Batches endpoints; every failure is a {@link ModelFault}, as with single calls. */
import { openAsBlob } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import OpenAI, { toFile } from 'openai';
import {
  PROVIDER_BATCH_FILE_MS,
  PROVIDER_BATCH_REQUEST_MS,
  PROVIDER_BATCHES_LISTED_MAX,
} from '../../../core/story/limits';
import type { ArtifactStore } from '../../artifacts/store';
import type { ProviderConfig } from '../../config';
import { type BatchLimits, batchLimits } from './batch-limits';
import { toBatchFault } from './batch-fault';

const PAGE_BATCHES = 100;
/** The only completion window there is. */
const WINDOW = '24h';

/** A batch as its provider describes it. */
export interface RemoteBatch {
  readonly id: string;
  readonly status: OpenAI.Batch['status'];
  readonly createdAt: number;
  readonly answered: number;
  readonly failed: number;
  readonly outputFile: string | undefined;
  readonly errorFile: string | undefined;
  /** Why the whole batch was refused. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** By what a batch is found again. */
export type BatchMark = Readonly<Record<'perennial_job' | 'perennial_chunk', string>>;

export interface BatchClient {
  readonly limits: BatchLimits;
  /** @returns the file's name at the provider */
  upload(store: ArtifactStore, sha256: string): Promise<string>;
  create(inputFile: string, mark: BatchMark): Promise<RemoteBatch>;
  retrieve(id: string): Promise<RemoteBatch>;
  /** Every batch with this mark, oldest first. */
  find(mark: BatchMark): Promise<RemoteBatch[]>;
  cancel(id: string): Promise<RemoteBatch>;
  /** Lines of an output or error file as they come. */
  lines(file: string, signal: AbortSignal): AsyncIterable<string>;
  remove(file: string): Promise<void>;
}

export interface BatchClientOptions {
  readonly provider: ProviderConfig;
  /** Asked before every request, so that nothing here holds a key. */
  readonly key: () => string | undefined;
}

export function batchClient({ provider, key }: BatchClientOptions): BatchClient {
  const base = new URL(provider.baseUrl);
  const query = Object.fromEntries(base.searchParams);
  const api = (timeout = PROVIDER_BATCH_REQUEST_MS): OpenAI => {
    const secret = key();
    return new OpenAI({
      baseURL: base.origin + base.pathname.replace(/\/$/, ''),
      apiKey: secret ?? 'unset',
      organization: null,
      project: null,
      maxRetries: 0,
      timeout,
      logLevel: 'off',
      ...(provider.flavour === 'azure' && secret !== undefined
        ? { defaultHeaders: { 'api-key': secret, authorization: null } }
        : {}),
      ...(Object.keys(query).length === 0 ? {} : { defaultQuery: query }),
    });
  };
  const judged = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throw toBatchFault(error, key());
    }
  };
  return {
    limits: batchLimits(provider.batch),
    upload: (store, sha256) =>
      judged(async () => {
        const file = await fileOf(store, sha256);
        return (await api(PROVIDER_BATCH_FILE_MS).files.create({ file, purpose: 'batch' })).id;
      }),
    create: (input_file_id, metadata) =>
      judged(async () =>
        remoteOf(
          await api().batches.create({
            input_file_id,
            endpoint: '/v1/chat/completions',
            completion_window: WINDOW,
            metadata,
          }),
        ),
      ),
    retrieve: (id) => judged(async () => remoteOf(await api().batches.retrieve(id))),
    find: (mark) => judged(() => findMarked(api(), mark)),
    cancel: (id) => judged(async () => remoteOf(await api().batches.cancel(id))),
    lines: (file, signal) =>
      readLines(() => judged(() => contentOf(api(PROVIDER_BATCH_FILE_MS), file, signal)), key),
    remove: (file) => judged(async () => void (await api().files.delete(file))),
  };
}

/** From the disk piece by piece where the store is a folder; through memory where it is not. */
async function fileOf(store: ArtifactStore, sha256: string): Promise<File> {
  const name = `${sha256}.jsonl`;
  if (!store.pathOf) return toFile(store.read(sha256), name);
  return new File([await openAsBlob(store.pathOf(sha256))], name);
}

async function findMarked(api: OpenAI, mark: BatchMark): Promise<RemoteBatch[]> {
  const found: RemoteBatch[] = [];
  let seen = 0;
  for await (const batch of api.batches.list({ limit: PAGE_BATCHES })) {
    const same = Object.entries(mark).every(([name, value]) => batch.metadata?.[name] === value);
    if (same) found.push(remoteOf(batch));
    seen += 1;
    if (seen >= PROVIDER_BATCHES_LISTED_MAX) break;
  }
  return found.sort((a, b) => a.createdAt - b.createdAt);
}

async function contentOf(api: OpenAI, file: string, signal: AbortSignal): Promise<Readable> {
  const { body } = await api.files.content(file, { signal });
  return body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream);
}

async function* readLines(
  open: () => Promise<Readable>,
  key: () => string | undefined,
): AsyncIterable<string> {
  const input = await open();
  const broken = new Promise<never>((_, reject) => input.once('error', reject));
  broken.catch(() => undefined);
  try {
    const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await Promise.race([lines.next(), broken]);
      if (done === true) break;
      if (value.trim() !== '') yield value;
    }
    if (input.errored) throw input.errored;
  } catch (error) {
    throw toBatchFault(error, key());
  } finally {
    input.destroy();
  }
}

function remoteOf(batch: OpenAI.Batch): RemoteBatch {
  return {
    id: batch.id,
    status: batch.status,
    createdAt: batch.created_at,
    answered: batch.request_counts?.completed ?? 0,
    failed: batch.request_counts?.failed ?? 0,
    outputFile: batch.output_file_id ?? undefined,
    errorFile: batch.error_file_id ?? undefined,
    errors: (batch.errors?.data ?? []).map(({ code, message }) => ({
      code: code ?? '',
      message: message ?? '',
    })),
  };
}
