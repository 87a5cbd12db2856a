/** A provider's fine-tuning endpoints; every failure is a `ModelFault`, as with single calls. */
import { openAsBlob } from 'node:fs';
import OpenAI from 'openai';
import { PROVIDER_BATCH_FILE_MS, PROVIDER_BATCH_REQUEST_MS } from '../../../core/story/limits';
import type { ProviderConfig } from '../../config';
import { toBatchFault } from '../../models/batch/batch-fault';

const PAGE_JOBS = 100;
/** Fine-tuning jobs of an account looked through for one of ours. */
const JOBS_LISTED_MAX = 2_000;
const EVENTS_READ = 20;
/** The most that is answered. */
export const TOP_LOGPROBS = 20;
const ANSWER_TOKENS = 4;
/** By what a job is found again. */
const MARK = 'perennial_run';

/** A fine-tuning job as its provider describes it. */
export interface RemoteFineTune {
  readonly id: string;
  readonly status: OpenAI.FineTuning.FineTuningJob['status'];
  /** Of a job that succeeded. */
  readonly model: string | undefined;
  readonly error: string | undefined;
  readonly createdAt: number;
}

export interface FineTuneOrder {
  readonly runId: string;
  readonly base: string;
  readonly trainingFile: string;
  readonly validationFile?: string;
  readonly seed: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly rateMultiplier?: number;
}

export interface LossReport {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

export interface ChatQuestion {
  readonly model: string;
  readonly messages: readonly { readonly role: 'system' | 'user'; readonly content: string }[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface FineTuneClient {
  /** @returns the file's name at the provider */
  upload(path: string): Promise<string>;
  create(order: FineTuneOrder): Promise<RemoteFineTune>;
  retrieve(id: string): Promise<RemoteFineTune>;
  /** The newest job of this run that has not ended badly. */
  find(runId: string): Promise<RemoteFineTune | undefined>;
  /** The newest step that was reported, if any was. */
  loss(id: string): Promise<LossReport | undefined>;
  cancel(id: string): Promise<void>;
  ask(question: ChatQuestion): Promise<OpenAI.ChatCompletion.Choice | undefined>;
}

export interface FineTuneClientOptions {
  readonly provider: Pick<ProviderConfig, 'baseUrl'>;
  /** Asked before every request, so that nothing here holds a key. */
  readonly key: () => string | undefined;
}

export function fineTuneClient({ provider, key }: FineTuneClientOptions): FineTuneClient {
  const judged = async <T>(ask: (api: OpenAI) => Promise<T>, timeout = PROVIDER_BATCH_REQUEST_MS) => {
    const apiKey = key() ?? 'unset';
    const baseURL = provider.baseUrl.replace(/\/$/, '');
    const fixed = { organization: null, project: null, maxRetries: 0, logLevel: 'off' } as const;
    try {
      return await ask(new OpenAI({ baseURL, apiKey, timeout, ...fixed }));
    } catch (error) {
      throw toBatchFault(error, key());
    }
  };
  return {
    upload: (path) =>
      judged(async (api) => {
        const file = new File([await openAsBlob(path)], 'perennial.jsonl');
        return (await api.files.create({ file, purpose: 'fine-tune' })).id;
      }, PROVIDER_BATCH_FILE_MS),
    create: (order) => judged(async (api) => remoteOf(await api.fineTuning.jobs.create(wireOrder(order)))),
    retrieve: (id) => judged(async (api) => remoteOf(await api.fineTuning.jobs.retrieve(id))),
    find: (runId) => judged((api) => findMarked(api, runId)),
    loss: (id) => judged((api) => newestLoss(api, id)),
    cancel: (id) => judged(async (api) => void (await api.fineTuning.jobs.cancel(id))),
    ask: ({ model, messages, seed, signal }) =>
      judged(async (api) => {
        const answer = await api.chat.completions.create(
          {
            model,
            messages: [...messages],
            temperature: 0,
            seed,
            max_tokens: ANSWER_TOKENS,
            logprobs: true,
            top_logprobs: TOP_LOGPROBS,
          },
          { signal },
        );
        return answer.choices[0];
      }),
  };
}

function wireOrder(order: FineTuneOrder): OpenAI.FineTuning.JobCreateParams {
  const { epochs, batch, rateMultiplier } = order;
  return {
    model: order.base,
    training_file: order.trainingFile,
    ...(order.validationFile === undefined ? {} : { validation_file: order.validationFile }),
    seed: order.seed,
    suffix: 'perennial',
    metadata: { [MARK]: order.runId },
    method: {
      type: 'supervised',
      supervised: {
        hyperparameters: {
          ...(epochs === undefined ? {} : { n_epochs: epochs }),
          ...(batch === undefined ? {} : { batch_size: batch }),
          ...(rateMultiplier === undefined ? {} : { learning_rate_multiplier: rateMultiplier }),
        },
      },
    },
  };
}

async function findMarked(api: OpenAI, runId: string): Promise<RemoteFineTune | undefined> {
  const found: RemoteFineTune[] = [];
  let seen = 0;
  for await (const job of api.fineTuning.jobs.list({ limit: PAGE_JOBS, metadata: { [MARK]: runId } })) {
    // Not every provider filters: each is looked at all the same.
    if (job.metadata?.[MARK] === runId && job.status !== 'failed' && job.status !== 'cancelled')
      found.push(remoteOf(job));
    seen += 1;
    if (seen >= JOBS_LISTED_MAX) break;
  }
  return found.sort((a, b) => b.createdAt - a.createdAt)[0];
}

async function newestLoss(api: OpenAI, id: string): Promise<LossReport | undefined> {
  const { data } = await api.fineTuning.jobs.listEvents(id, { limit: EVENTS_READ });
  return data
    .map(
      ({ data: said }) => said as { step?: unknown; total_steps?: unknown; train_loss?: unknown } | undefined,
    )
    .map((said) => ({ step: said?.step, steps: said?.total_steps, loss: said?.train_loss }))
    .filter((said): said is LossReport => Object.values(said).every((value) => typeof value === 'number'))
    .sort((a, b) => b.step - a.step)[0];
}

function remoteOf(job: OpenAI.FineTuning.FineTuningJob): RemoteFineTune {
  return {
    id: job.id,
    status: job.status,
    model: job.fine_tuned_model ?? undefined,
    error: job.error?.message ?? undefined,
    createdAt: job.created_at,
  };
}
