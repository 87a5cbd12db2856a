/** The API over a real database in a temporary folder, with a strategy made for the tests and a Temporal of paper. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { buildApp } from '../../api/app';
import { type Api, type ApiContext, type ConfiguredModel, TENANT } from '../../api/context';
import type { Delivery, JobWorkflows, WorkflowView } from '../../api/job-workflows';
import { Problem } from '../../core/problem';
import { accept, defineStrategy, type Strategy } from '../../core/strategy';
import { openArtifacts } from '../../infra/artifacts/store';
import { packJson } from '../../infra/database/compressed';
import { type Database, openDatabase } from '../../infra/database/open-database';
import { insertStage } from '../../infra/database/stages';
import { openStudents } from '../../infra/training/student-directory';

export const echo: Strategy = defineStrategy({
  name: 'echo-rows',
  version: 2,
  title: 'Echo',
  summary: 'One call a row.',
  params: z.strictObject({
    samples: z.int().min(1).max(10).default(1),
    style: z.enum(['plain', 'fancy']).default('plain'),
    sampling: z.strictObject({ temperature: z.number().min(0).max(2).default(1) }).prefault({}),
  }),
  presets: { quick: { samples: 1 }, large: { samples: 10, style: 'fancy' } },
  inputs: {
    rows: { required: true, description: 'rows with a text', formats: ['jsonl', 'csv'] },
    notes: { required: false, description: 'notes', formats: ['txt'] },
  },
  models: {
    generator: { required: true, description: 'answers the rows', capability: 'chat' },
    scorer: { required: false, description: 'scores the answers', capability: 'promptLogprobs' },
  },
  prompts: { ask: 'Answer {text} as {style}.', system: 'Be brief.' },
  stages: {
    write: {
      kind: 'rows',
      title: 'asks the model',
      dataset: true,
      reads: {},
      plan: async function* () {},
      step: () => accept(null),
    },
  },
  codes: {},
  examples: [],
  facts: () => ({}),
  badRowShareMax: () => 0.2,
  async check({ read }) {
    const faults: Problem[] = [];
    for await (const { file, line, value, error } of read.input('rows')) {
      const at = `${file}:${line}`;
      if (error !== undefined) faults.push(new Problem('rows-invalid', `${at}: ${error}`, at));
      else if (typeof (value as { text?: unknown }).text !== 'string')
        faults.push(new Problem('rows-invalid', 'expected a field "text", got none.', at));
    }
    return faults;
  },
  estimate: ({ samples }, inputs) => {
    const calls = (inputs.rows?.items ?? 0) * samples;
    const range = (n: number) => ({ low: n, high: n * 2 });
    return [
      {
        stage: 'write',
        role: 'generator',
        rows: { low: calls, high: calls },
        calls: range(calls),
        inputTokens: range(calls * 10),
        outputTokens: range(calls * 20),
      },
    ];
  },
  pilot: (params, rows) => ({ params, items: { rows } }),
  scripted: () => undefined,
  report: async () => ({ sections: [] }),
});

/** Temporal as the API sees it: what was asked of it, and what it is to answer. */
export class PaperWorkflows implements JobWorkflows {
  readonly asked: string[] = [];
  away = false;
  delivery: Delivery = 'done';
  resumed: 'done' | 'pending' | 'completed' = 'done';
  readonly views = new Map<string, WorkflowView>();

  private async note(what: string): Promise<void> {
    if (this.away) throw new Problem('temporal-unavailable', 'Temporal does not answer.');
    this.asked.push(what);
  }
  async start(job: { jobId: string }): Promise<void> {
    await this.note(`start ${job.jobId}`);
  }
  async pause(jobId: string): Promise<Delivery> {
    await this.note(`pause ${jobId}`);
    return this.delivery;
  }
  async resume(
    job: { jobId: string },
    input: { choice?: string },
  ): Promise<'done' | 'pending' | 'completed'> {
    await this.note(`resume ${job.jobId}${input.choice === undefined ? '' : ` ${input.choice}`}`);
    return this.resumed;
  }
  async fail(jobId: string): Promise<Delivery> {
    await this.note(`fail ${jobId}`);
    return this.delivery;
  }
  async cancel(jobId: string): Promise<'done' | 'gone'> {
    await this.note(`cancel ${jobId}`);
    return this.delivery === 'gone' ? 'gone' : 'done';
  }
  async describe(jobId: string): Promise<WorkflowView> {
    await this.note(`describe ${jobId}`);
    return this.views.get(jobId) ?? { status: 'running', taskAttempt: 0 };
  }
  async ping(): Promise<void> {
    await this.note('ping');
  }
}

const model = (name: string, more: Partial<ConfiguredModel> = {}): ConfiguredModel => ({
  name,
  provider: name.split('/')[0]!,
  flavour: 'openai',
  capabilities: ['chat'],
  contextTokens: 8_000,
  ...more,
});
const MODELS = [
  model('mine/big-1', {
    prices: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 },
    pricesFrom: 'configuration',
  }),
  model('mine/unpriced'),
  model('mine/embedder', { capabilities: ['embed'] }),
  model('mine/batched', {
    capabilities: ['chat', 'batch'],
    prices: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 },
  }),
];

const STUDENT: { tasks: ('train' | 'predict')[]; folder: string } = {
  tasks: ['train', 'predict'],
  folder: '',
};

export interface Fixture {
  readonly app: Api;
  readonly context: ApiContext;
  readonly db: Database;
  readonly workflows: PaperWorkflows;
  close(): Promise<void>;
}

export async function openFixture(more: readonly Strategy[] = []): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-api-'));
  const db = await openDatabase(`sqlite:${join(folder, 'perennial.db')}`);
  const workflows = new PaperWorkflows();
  const context: ApiContext = {
    db,
    artifacts: openArtifacts(`file:${join(folder, 'artifacts')}`),
    workflows,
    strategies: [echo, ...more],
    models: {
      find(name) {
        const found = MODELS.find((one) => one.name === name);
        if (!found) throw new Problem('model-unknown', `expected a configured model, got "${name}".`);
        return found;
      },
      list: () => MODELS,
      open: ['openai/*'],
    },
    students: openStudents({
      students: {
        bert: { ...STUDENT, kind: 'process', command: ['train'], bases: ['distilbert'] },
        tuned: { ...STUDENT, kind: 'openai-finetune', provider: 'mine', bases: ['small-1'] },
      },
    }),
    host: '127.0.0.1',
    temporalLink: (jobId) => `http://127.0.0.1:8233/${jobId}`,
    eventPollMs: 5,
  };
  const app = buildApp(context);
  await app.ready();
  return {
    app,
    context,
    db,
    workflows,
    async close() {
      await app.close();
      await db.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const JOB = {
  strategy: 'echo-rows',
  inputs: { rows: [{ text: 'a' }, { text: 'b' }] },
  models: { generator: 'mine/big-1' },
};

/** Posts {@link JOB} with changes and gives the new job's id. */
export async function postJob({ app }: Fixture, change: object = {}): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/v1/jobs', payload: { ...JOB, ...change } });
  if (answer.statusCode > 202) throw new Error(answer.body);
  return answer.json<{ id: string }>().id;
}

/** A stage of three rows: accepted, rejected as too short, failed by a timeout. */
export async function addRows(db: Database, job: string): Promise<void> {
  const key = { tenant: TENANT, job, stage: 'write', plan: 0 };
  await insertStage(db, key, { kind: 'rows', version: '1', planned: 4 });
  const row = (position: number, more: object) => ({
    ...key,
    position,
    version: 0,
    row_key: `row-${position}`,
    state: 'accepted' as const,
    reason: null,
    detail: null,
    record: null,
    record_tokens: 0,
    call_keys: '',
    calls: 1,
    input_tokens: 10,
    output_tokens: 20,
    cost_usd: 0.001,
    at: Date.now(),
    ...more,
  });
  await db
    .insertInto('outcome')
    .values([
      row(0, { record: packJson({ text: 'one' }) }),
      row(1, { state: 'rejected', reason: 'length', detail: 'too short' }),
      row(2, { state: 'failed', reason: 'timeout' }),
    ])
    .execute();
  await db
    .updateTable('stage')
    .set({ accepted: 1, rejected: 1, failed: 1 })
    .where('job', '=', job)
    .where('stage', '=', 'write')
    .execute();
}
