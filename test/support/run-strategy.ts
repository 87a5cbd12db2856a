/** Runs a strategy's stages in memory, answered by its own scripted content: no Temporal, no database, no network. */
import { drawOf } from '../../core/call-key';
import { CAPABILITIES } from '../../core/calls';
import type { CallRequest, ModelFacts, ModelRequest, Reply } from '../../core/calls';
import { hashJson } from '../../core/hash';
import type { Json } from '../../core/json';
import { mulberry32 } from '../../core/random';
import type { Section } from '../../core/report';
import type { Block, RowCounts } from '../../core/story/vocabulary';
import { NO_ROWS } from '../../core/story/vocabulary';
import type {
  EarlierRow,
  InputItem,
  JobFacts,
  Outcome,
  PlannedRow,
  Reader,
  Row,
  RowsStage,
  Stage,
  StageSpending,
  Strategy,
  TransformStage,
} from '../../core/strategy';
import { estimateTokens } from '../../core/text/tokens';

/** More calls of one row than any stage needs: a step that never ends fails here instead of hanging. */
const CALLS_PER_ROW_MAX = 16;

export interface RunOptions {
  /** As a user gives them; parsed by the strategy's schema. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Values by role; an {@link InputItem} may be given where file and line matter. */
  readonly inputs?: Readonly<Record<string, readonly unknown[]>>;
  readonly seed?: number;
  readonly models?: Readonly<Record<string, Partial<ModelFacts>>>;
  readonly prompts?: Readonly<Record<string, string>>;
  /** Choices by block code. */
  readonly choices?: Readonly<Record<string, string>>;
  /** Answers instead of the scripted ones; undefined falls back to them. */
  readonly answer?: (
    request: ModelRequest,
    random: { integer(n: number): number },
  ) => Partial<Reply> | string | undefined;
  /** The order of the stages; default: each once, as declared. */
  readonly story?: (run: MemoryRun) => Promise<void>;
}

export interface MemoryStage {
  readonly rows: EarlierRow<Json, Json>[];
  /** Rows planned by each tranche. */
  readonly plans: number[];
  readonly collections: Map<string, Json[]>;
  facts: Readonly<Record<string, Json>>;
  block?: Block;
  /** Every request sent, with the draw it was sent with. */
  readonly calls: { readonly request: ModelRequest; readonly draw: string }[];
}

export interface MemoryResult {
  readonly stages: Readonly<Record<string, MemoryStage>>;
  /** Records of the dataset stages, in plan order. */
  readonly records: Json[];
  readonly sections: readonly Section[];
}

export class MemoryRun {
  readonly stages: Record<string, MemoryStage> = {};
  readonly facts: JobFacts<unknown>;
  private readonly firstRequests = new Map<string, number>();

  constructor(
    private readonly strategy: Strategy,
    private readonly options: RunOptions,
  ) {
    const names = Object.keys(strategy.models);
    const models = names.map((role) => [role, { ...modelFacts(role), ...options.models?.[role] }]);
    this.facts = {
      params: strategy.params.parse(options.params ?? {}),
      seed: options.seed ?? 1,
      models: Object.fromEntries(models) as Record<string, ModelFacts>,
      prompts: { ...strategy.prompts, ...options.prompts },
    };
  }

  get read(): Reader {
    const of = (name: string): MemoryStage => this.entry(name);
    const items = (role: string): InputItem[] =>
      (this.options.inputs?.[role] ?? []).map((value, i) => inputItem(role, value, i));
    const collection = (name: string): unknown[] => {
      const [stage = '', ...rest] = name.split('/');
      return stage === 'inputs' ? items(rest.join('/')) : (of(stage).collections.get(rest.join('/')) ?? []);
    };
    return {
      input: (role) => stream(items(role)),
      collection: <T>(name: string) => stream(collection(name) as T[]),
      items: <T>(name: string, ordinals: readonly number[]) =>
        Promise.resolve(ordinals.map((ordinal) => itemAt(name, collection(name) as T[], ordinal))),
      outcomes: <Data, Rec>(stage: string, plan?: number) =>
        stream(
          of(stage).rows.filter((row) => plan === undefined || row.plan === plan) as unknown as EarlierRow<
            Data,
            Rec
          >[],
        ),
      stage: (name) => Promise.resolve({ counts: countsOf(of(name)), facts: of(name).facts }),
    };
  }

  /** Plans one tranche and drives its rows to their outcomes. */
  async generate(name: string, plan = 0): Promise<{ planned: number }> {
    const stage = this.stageNamed(name);
    if (stage.kind !== 'rows') throw new Error(`${name} is no rows stage`);
    const entry = this.entry(name);
    const spent = (other: string): Promise<StageSpending> => Promise.resolve(spendingOf(this.entry(other)));
    let position = 0;
    const known = new Set(entry.rows.map(({ row }) => row.key));
    for await (const planned of stage.plan({ ...this.facts, read: this.read, plan, spent })) {
      if (known.has(planned.key)) throw new Error(`${name}: key ${planned.key} is planned twice`);
      known.add(planned.key);
      entry.rows.push(await this.drive(name, stage, planned, position, plan));
      position += 1;
    }
    entry.plans.push(position);
    return { planned: position };
  }

  async stage(name: string): Promise<Readonly<Record<string, Json>>> {
    const stage = this.stageNamed(name) as TransformStage;
    if (stage.kind !== 'transform') throw new Error(`${name} is no transform`);
    const entry = this.entry(name);
    const result = await stage.transform({
      ...this.facts,
      read: this.read,
      write: (collection, item) => {
        const written = entry.collections.get(collection) ?? [];
        written.push(structuredClone(item));
        entry.collections.set(collection, written);
        return Promise.resolve();
      },
      choice: (code) => this.options.choices?.[code],
    });
    entry.facts = result.facts;
    if (result.block !== undefined) entry.block = result.block;
    return result.facts;
  }

  private async drive(
    name: string,
    stage: RowsStage,
    planned: PlannedRow,
    position: number,
    plan: number,
  ): Promise<EarlierRow<Json, Json>> {
    // Through JSON, as the ledger stores it.
    const row = JSON.parse(JSON.stringify({ ...planned, position })) as Row;
    const sources: Record<string, unknown[]> = {};
    for (const [local, ordinals] of Object.entries(row.sources)) {
      sources[local] = await this.read.items(stage.reads[local] ?? local, ordinals);
    }
    const replies: Reply[] = [];
    let ordinal = 0;
    for (;;) {
      const step = stage.step({ ...this.facts, row, sources, replies });
      if ('outcome' in step) return earlierRow(row, plan, step.outcome, replies);
      if (replies.length >= CALLS_PER_ROW_MAX)
        throw new Error(`${row.key} makes more than ${CALLS_PER_ROW_MAX} calls`);
      if (replies.length === 0) ordinal = this.ordinalOf(stage.lineage ?? name, step.call);
      replies.push(this.answer(name, step.call, ordinal));
    }
  }

  private ordinalOf(lineage: string, { request }: CallRequest): number {
    const key = `${lineage}/${hashJson(request)}`;
    const ordinal = this.firstRequests.get(key) ?? 0;
    this.firstRequests.set(key, ordinal + 1);
    return ordinal;
  }

  private answer(name: string, { request, redraw = 0 }: CallRequest, ordinal: number): Reply {
    const draw = drawOf(request, { seed: this.facts.seed, ordinal, redraw });
    this.entry(name).calls.push({ request, draw });
    const random = mulberry32(parseInt(hashJson([request, draw]).slice(0, 8), 16));
    const own = this.options.answer?.(request, random);
    const scripted = own ?? (request.kind === 'chat' ? this.strategy.scripted(request, random) : undefined);
    if (scripted === undefined)
      throw new Error(`${name}: nothing answers ${JSON.stringify(request).slice(0, 300)}`);
    const given = typeof scripted === 'string' ? { text: scripted } : scripted;
    const outputTokens = estimateTokens(given.text ?? '');
    const usage = {
      inputTokens: estimateTokens(JSON.stringify(request)),
      cachedInputTokens: 0,
      outputTokens,
    };
    return { text: '', finish: 'stop', refused: false, usage, ...given };
  }

  private entry(name: string): MemoryStage {
    this.stages[name] ??= { rows: [], plans: [], collections: new Map(), facts: {}, calls: [] };
    return this.stages[name];
  }

  private stageNamed(name: string): Stage {
    const stage = this.strategy.stages[name];
    if (stage === undefined) throw new Error(`${this.strategy.name} has no stage ${name}`);
    return stage;
  }
}

export async function runInMemory(strategy: Strategy, options: RunOptions): Promise<MemoryResult> {
  const run = new MemoryRun(strategy, options);
  await (options.story ?? eachStageOnce(strategy))(run);
  const datasets = Object.entries(strategy.stages).filter(
    ([, stage]) => stage.kind === 'rows' && stage.dataset === true,
  );
  const rows = datasets.flatMap(([name]) => run.stages[name]?.rows ?? []);
  const records = rows.flatMap(({ record }) => (record === undefined ? [] : [record]));
  const sections = await strategy.report({ ...run.facts, read: run.read, records: records.length });
  return { stages: run.stages, records, sections };
}

function eachStageOnce(strategy: Strategy): (run: MemoryRun) => Promise<void> {
  return async (run) => {
    for (const [name, stage] of Object.entries(strategy.stages)) {
      if (stage.kind === 'rows') await run.generate(name);
      else await run.stage(name);
    }
  };
}

function modelFacts(role: string): ModelFacts {
  return { name: `scripted/${role}`, capabilities: CAPABILITIES, contextTokens: 128_000 };
}

function inputItem(role: string, value: unknown, index: number): InputItem {
  const isItem = typeof value === 'object' && value !== null && 'file' in value && 'line' in value;
  return isItem ? (value as InputItem) : { file: `${role}.jsonl`, line: index + 1, value };
}

function earlierRow(
  row: Row,
  plan: number,
  outcome: Outcome,
  replies: readonly Reply[],
): EarlierRow<Json, Json> {
  const callKeys = replies.map((_, index) => hashJson([row.key, index]));
  return outcome.state === 'accepted'
    ? {
        row,
        plan,
        state: outcome.state,
        record: JSON.parse(JSON.stringify(outcome.record)) as Json,
        callKeys,
      }
    : { row, plan, state: outcome.state, reason: outcome.reason, callKeys };
}

function countsOf({ rows }: MemoryStage): RowCounts {
  const count = (state: string): number => rows.filter((row) => row.state === state).length;
  const counts = { accepted: count('accepted'), rejected: count('rejected'), failed: count('failed') };
  return { ...NO_ROWS, planned: rows.length, ...counts };
}

function spendingOf({ calls }: MemoryStage): StageSpending {
  return { calls: calls.length, inputTokens: 0, outputTokens: 0, costUsd: 0 };
}

function itemAt<T>(name: string, items: readonly T[], ordinal: number): T {
  const item = items[ordinal];
  if (item === undefined) throw new Error(`${name} has no item ${ordinal}`);
  return item;
}

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
