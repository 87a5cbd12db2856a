/** Runs a strategy's stages in memory, answered by its own scripted content: no Temporal, no database, no network. */
import { drawOf } from '../../core/call-key';
import type { CallRequest, ModelFacts, ModelRequest, Reply } from '../../core/calls';
import { hashJson } from '../../core/hash';
import type { Json } from '../../core/json';
import { mulberry32 } from '../../core/random';
import type { Section } from '../../core/report';
import type { Block } from '../../core/story/vocabulary';
import {
  countsOf,
  declareInto,
  earlierRow,
  inputItem,
  itemAt,
  longestPrefix,
  type MemoryResultOfStage,
  type MemoryStage,
  modelFacts,
  spendingOf,
  stream,
  studentFacts,
} from './memory-stage';
import { predictInMemory, trainInMemory } from './memory-students';
import {
  datasetStages,
  type EarlierRow,
  type EvaluateStage,
  type InputItem,
  type JobFacts,
  type PlannedRow,
  type Reader,
  type Row,
  type RowsStage,
  type Stage,
  stageOf,
  type StageSpending,
  type Strategy,
  type TrainStage,
  type TransformContext,
} from '../../core/strategy';
import type {
  Evaluation,
  Example,
  StudentFacts,
  StudentItem,
  TrainedRecord,
  Training,
} from '../../core/students/student';
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
  /** By role; default: linear for each. */
  readonly students?: Readonly<Record<string, StudentFacts>>;
  /** How blocks are answered, by code; a stage whose block is not answered keeps it. */
  readonly choices?: Readonly<Record<string, string>>;
  /** How many other jobs there are of any kind that a stage asks for; default: none. */
  readonly otherJobs?: number;
  /** Answers instead of the scripted ones; undefined falls back to them. */
  readonly answer?: (
    request: ModelRequest,
    random: { integer(n: number): number },
  ) => Partial<Reply> | string | undefined;
  /** The order of the stages; default: each once, as declared. */
  readonly story?: (run: MemoryRun) => Promise<void>;
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
      students: { ...studentFacts(strategy), ...options.students },
      prompts: { ...strategy.prompts, ...options.prompts },
    };
  }

  get read(): Reader {
    const of = (name: string): MemoryStage => this.entry(name);
    const items = (role: string): InputItem[] =>
      (this.options.inputs?.[role] ?? []).map((value, i) => inputItem(role, value, i));
    const collection = (name: string): unknown[] => {
      if (name.startsWith('inputs/')) return items(name.slice('inputs/'.length));
      const stage = longestPrefix(name, Object.keys(this.stages));
      return stage === undefined ? [] : (of(stage).collections.get(name.slice(stage.length + 1)) ?? []);
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
      otherJobs: () => Promise.resolve(this.options.otherJobs ?? 0),
      stage: (name) =>
        Promise.resolve(
          this.stages[name] && { counts: countsOf(this.stages[name]), facts: this.stages[name].facts },
        ),
    };
  }

  /** Plans one tranche and drives its rows to their outcomes. */
  async generate(name: string, tranche?: number): Promise<MemoryResultOfStage> {
    const plan = tranche ?? 0;
    const stage = this.stageNamed(name);
    if (stage.kind !== 'rows') throw new Error(`${name} is no rows stage`);
    const entry = this.entry(name);
    let position = 0;
    if (entry.plans[plan] !== undefined) return this.resultOf(name); // finished before
    const known = new Set(entry.rows.map(({ row }) => row.key));
    for await (const planned of stage.plan({ ...this.facts, read: this.read, plan, spent: this.spent })) {
      if (known.has(planned.key)) throw new Error(`${name}: key ${planned.key} is planned twice`);
      known.add(planned.key);
      entry.rows.push(await this.drive(name, stage, planned, position, plan));
      position += 1;
    }
    entry.plans.push(position);
    if (stage.conclude && (tranche === undefined || position === 0))
      await this.conclude(name, (context) => stage.conclude!(context));
    return { ...this.resultOf(name), planned: position };
  }

  async stage(name: string): Promise<MemoryResultOfStage> {
    const stage = this.stageNamed(name);
    if (stage.kind !== 'transform') throw new Error(`${name} is no transform`);
    const entry = this.entry(name);
    const declared: EarlierRow<Json, Json>[] = [];
    const blocked = await this.conclude(name, (context) => stage.transform(context), declared);
    if (!blocked && declared.length > 0) {
      entry.rows.push(...declared);
      entry.plans.push(declared.length);
    }
    return this.resultOf(name);
  }

  /** Trains `linear` for every row of a stage. */
  async train(name: string): Promise<MemoryResultOfStage> {
    const rows = await this.planStudents(name, 'train');
    for (const row of rows) {
      const training = row.data as unknown as Training;
      const examples = await this.all<Example>(training.examples);
      const validation =
        training.validation === undefined ? [] : await this.all<Example>(training.validation);
      const record = trainInMemory(training, examples, validation);
      this.accept(name, row, { ...record });
    }
    return this.resultOf(name);
  }

  /** Has the trained students predict, then concludes. */
  async evaluate(name: string): Promise<MemoryResultOfStage> {
    const rows = await this.planStudents(name, 'evaluate');
    for (const row of rows) {
      const { training, items } = row.data as unknown as Evaluation;
      const trained = this.entry(training.stage).rows.find((one) => one.row.key === training.key);
      if (!trained) throw new Error(`${name}: there is no training ${training.key} in ${training.stage}`);
      const predictions = predictInMemory(
        trained.record as unknown as TrainedRecord,
        (await this.all<StudentItem>(items)).map(({ id, text, context, target, question }) => ({
          id,
          ...(text === undefined ? {} : { text }),
          ...(context === undefined ? {} : { context }),
          ...(target === undefined ? {} : { target }),
          ...(question === undefined ? {} : { question }),
        })),
      );
      this.entry(name).collections.set(`predictions/${row.key}`, predictions as unknown as Json[]);
      this.accept(name, row, { student: training.key, items: predictions.length });
    }
    const stage = this.stageNamed(name) as EvaluateStage;
    await this.conclude(name, (context) => stage.conclude(context));
    return this.resultOf(name);
  }

  private async planStudents(name: string, kind: 'train' | 'evaluate'): Promise<Row[]> {
    const stage = this.stageNamed(name) as TrainStage | EvaluateStage;
    if (stage.kind !== kind) throw new Error(`${name} is no ${kind} stage`);
    const rows: Row[] = [];
    const context = { ...this.facts, read: this.read, plan: 0, spent: this.spent, write: this.writer(name) };
    const planned: AsyncIterable<PlannedRow<unknown>> = stage.plan(context);
    for await (const row of planned) {
      if (rows.some(({ key }) => key === row.key))
        throw new Error(`${name}: key ${row.key} is planned twice`);
      rows.push(JSON.parse(JSON.stringify({ ...row, position: rows.length })) as Row);
    }
    this.entry(name).plans.push(rows.length);
    return rows;
  }

  private accept(name: string, row: Row, record: object): void {
    this.entry(name).rows.push(earlierRow(row, 0, { state: 'accepted', record: record as Json }, []));
  }

  private async all<T>(collection: string): Promise<T[]> {
    const items: T[] = [];
    for await (const item of this.read.collection<T>(collection)) items.push(item);
    return items;
  }

  /** @returns whether the stage asks a person who does not answer; nothing that it wrote is kept then */
  private async conclude(
    name: string,
    run: (
      context: TransformContext<unknown>,
    ) => Promise<{ readonly facts: Readonly<Record<string, Json>>; readonly block?: Block }>,
    declared?: EarlierRow<Json, Json>[],
  ): Promise<boolean> {
    const entry = this.entry(name);
    const before = [...entry.collections];
    const given: Record<string, string> = {};
    for (;;) {
      const result = await run({
        ...this.facts,
        read: this.read,
        write: this.writer(name),
        choice: (code) => given[code],
        row: declareInto(name, declared),
      });
      entry.facts = result.facts;
      if (!result.block) return false;
      entry.collections.clear();
      for (const [collection, items] of before) entry.collections.set(collection, items);
      declared?.splice(0);
      const { code } = result.block;
      const answer = this.options.choices?.[code];
      if (answer === undefined || given[code] !== undefined) {
        entry.block = result.block;
        return true;
      }
      entry.choice = given[code] = answer;
    }
  }

  private writer(name: string): (collection: string, item: Json) => Promise<void> {
    const { collections } = this.entry(name);
    return (collection, item) => {
      const written = collections.get(collection) ?? [];
      written.push(structuredClone(item));
      collections.set(collection, written);
      return Promise.resolve();
    };
  }

  readonly spent = (stage: string): Promise<StageSpending> => Promise.resolve(spendingOf(this.entry(stage)));

  private resultOf(name: string): MemoryResultOfStage {
    const { choice, facts, ...entry } = this.entry(name);
    return { ...countsOf(entry), facts, ...(choice === undefined ? {} : { choice }) };
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
    const stage = stageOf(this.strategy, name);
    if (stage === undefined) throw new Error(`${this.strategy.name} has no stage ${name}`);
    return stage;
  }
}

export async function runInMemory(strategy: Strategy, options: RunOptions): Promise<MemoryResult> {
  const run = new MemoryRun(strategy, options);
  await (options.story ?? eachStageOnce(strategy))(run);
  const datasets = datasetStages(strategy, Object.keys(run.stages));
  const rows = datasets.flatMap((name) => run.stages[name]?.rows ?? []);
  const records = rows.flatMap(({ record }) => (record === undefined ? [] : [record]));
  const { sections } = await strategy.report({
    ...run.facts,
    read: run.read,
    records: records.length,
    spent: run.spent,
    priced: false,
  });
  return { stages: run.stages, records, sections };
}

function eachStageOnce(strategy: Strategy): (run: MemoryRun) => Promise<void> {
  return async (run) => {
    for (const [name, stage] of Object.entries(strategy.stages)) {
      if (stage.kind === 'rows') await run.generate(name);
      else if (stage.kind === 'train') await run.train(name);
      else if (stage.kind === 'evaluate') await run.evaluate(name);
      else await run.stage(name);
    }
  };
}
