/** What a run in memory keeps of its stages. */
import { CAPABILITIES } from '../../core/calls';
import type { ModelFacts, ModelRequest, Reply } from '../../core/calls';
import { hashJson } from '../../core/hash';
import type { Json } from '../../core/json';
import { type Block, NO_ROWS, type RowCounts } from '../../core/story/vocabulary';
import type {
  EarlierRow,
  InputItem,
  Outcome,
  PlannedRow,
  Row,
  StageSpending,
  Strategy,
} from '../../core/strategy';
import type { StudentFacts } from '../../core/students/student';

const LINEAR: StudentFacts = { name: 'linear', kind: 'linear' };

export interface MemoryStage {
  readonly rows: EarlierRow<Json, Json>[];
  /** Rows planned by each tranche. */
  readonly plans: number[];
  readonly collections: Map<string, Json[]>;
  facts: Readonly<Record<string, Json>>;
  /** Where nobody has answered it. */
  block?: Block;
  /** How a block of the stage was answered. */
  choice?: string;
  /** Every request sent, with the draw it was sent with. */
  readonly calls: { readonly request: ModelRequest; readonly draw: string }[];
}

/** As the story sees a stage's end. */
export interface MemoryResultOfStage extends RowCounts {
  readonly facts: Readonly<Record<string, Json>>;
  readonly choice?: string;
}

/** `linear` in every role. */
export function studentFacts(strategy: Strategy): Record<string, StudentFacts> {
  return Object.fromEntries(Object.keys(strategy.students ?? {}).map((role) => [role, LINEAR]));
}

/** Takes the rows that a transform declares. */
export function declareInto(name: string, declared: EarlierRow<Json, Json>[] | undefined) {
  return (planned: PlannedRow, outcome: Outcome): Promise<void> => {
    if (!declared) throw new Error(`${name} has its rows: its conclusion declares none`);
    if (declared.some(({ row }) => row.key === planned.key))
      throw new Error(`${name}: key ${planned.key} is declared twice`);
    const row = JSON.parse(JSON.stringify({ ...planned, position: declared.length })) as Row;
    declared.push(earlierRow(row, 0, outcome, []));
    return Promise.resolve();
  };
}

export function modelFacts(role: string): ModelFacts {
  return { name: `scripted/${role}`, capabilities: CAPABILITIES, contextTokens: 128_000 };
}

export function inputItem(role: string, value: unknown, index: number): InputItem {
  const isItem = typeof value === 'object' && value !== null && 'file' in value && 'line' in value;
  return isItem ? (value as InputItem) : { file: `${role}.jsonl`, line: index + 1, value };
}

export function earlierRow(
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

export function countsOf({ rows }: Pick<MemoryStage, 'rows'>): RowCounts {
  const count = (state: string): number => rows.filter((row) => row.state === state).length;
  const counts = { accepted: count('accepted'), rejected: count('rejected'), failed: count('failed') };
  return { ...NO_ROWS, planned: rows.length, ...counts };
}

export function spendingOf({ calls }: MemoryStage): StageSpending {
  return { calls: calls.length, inputTokens: 0, outputTokens: 0, costUsd: 0 };
}

/** The stage that a collection's name begins with: names of stages may hold slashes, and so may those of collections. */
export function longestPrefix(name: string, stages: readonly string[]): string | undefined {
  const fitting = stages.filter((stage) => name.startsWith(`${stage}/`));
  return fitting.sort((a, b) => b.length - a.length)[0];
}

export function itemAt<T>(name: string, items: readonly T[], ordinal: number): T {
  const item = items[ordinal];
  if (item === undefined) throw new Error(`${name} has no item ${ordinal}`);
  return item;
}

export async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
