import { Readable } from 'node:stream';
import type { ModelFacts } from '../../../../../core/calls';
import { checkErrorExtrapolation } from '../../../../../core/strategies/error-extrapolation/check';
import { surveyInputs } from '../../../../../core/strategies/error-extrapolation/gold-survey';
import type { GoldSurvey } from '../../../../../core/strategies/error-extrapolation/gold-survey';
import { LinesProblem } from '../../../../../core/strategies/error-extrapolation/gold-faults';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import type { ErrorExtrapolationParams } from '../../../../../core/strategies/error-extrapolation/params';
import type { InputItem } from '../../../../../core/strategy';
import { readItems } from '../../../../../infra/inputs/read-input';

type Given = Readonly<Record<string, unknown>>;
export const MODEL: ModelFacts = {
  name: 'mine/small',
  capabilities: ['chat', 'jsonSchema'],
  contextTokens: 8_192,
};
export const POLES = ['neg', 'pos'].map((id) => ({ id, phrase: id === 'neg' ? 'negative' : 'positive' }));

export function paramsOf(given: Given = {}, task: Given = {}): ErrorExtrapolationParams {
  const isQa = task['kind'] === 'extractive-qa';
  return errorExtrapolationParamsSchema.parse({
    task: { kind: 'text', instruction: 'Sort reviews.', ...(isQa ? {} : { labels: POLES }), ...task },
    ...given,
  });
}

/** Values are numbered as lines of one file; an item may be given as it is. */
export function itemsOf(values: readonly unknown[], file = 'gold.jsonl'): InputItem[] {
  return values.map((value, index) =>
    typeof value === 'object' && value !== null && 'line' in value && 'file' in value
      ? (value as InputItem)
      : { file, line: index + 1, value },
  );
}

export function readOf(inputs: Readonly<Record<string, readonly unknown[]>>) {
  return {
    input: async function* (role: string): AsyncGenerator<InputItem> {
      yield* await Promise.resolve(itemsOf(inputs[role] ?? [], `${role}.jsonl`));
    },
  };
}

/** What an uploaded file of this name and content is read as. */
export async function fileItems(name: string, content: string): Promise<InputItem[]> {
  const items: InputItem[] = [];
  const bytes = Buffer.from(content, 'utf8');
  const source = { bytes: bytes.length, read: () => Readable.from([bytes]) };
  for await (const item of readItems(name, source)) items.push(item);
  return items;
}

export interface Case {
  readonly params?: Given;
  readonly task?: Given;
  readonly inputs: Readonly<Record<string, readonly unknown[]>>;
  readonly headOnly?: boolean;
  readonly contextTokens?: number;
}

function contextOf({ params, task, inputs, headOnly = false, contextTokens }: Case) {
  const generator = { ...MODEL, ...(contextTokens === undefined ? {} : { contextTokens }) };
  return { params: paramsOf(params, task), models: { generator }, read: readOf(inputs), headOnly };
}

/** As POST would refuse it: status, code, detail, lines and count. */
export async function refusal(given: Case) {
  const [first] = await checkErrorExtrapolation(contextOf(given));
  if (first === undefined) return undefined;
  const { status, code, message } = first;
  return first instanceof LinesProblem
    ? { status, code, message, lines: first.lines, count: first.count }
    : { status, code, message };
}

/** As `prepare` sees it. */
export function survey(given: Case, seed = 1): Promise<GoldSurvey> {
  return surveyInputs({ ...contextOf(given), seed, nearDuplicates: true });
}

const WORDS =
  'amber basil cedar dune ember fjord grove heron inlet jetty kelp loam marsh nettle otter pine quay reed'.split(
    ' ',
  );

/** A text of its own for every number: no two share three words in a row. */
export function textOf(n: number): string {
  const letters = (value: number): string => WORDS[value % WORDS.length]!;
  return `${letters(n)} ${n} ${letters(n * 7 + 3)} ${n}x ${letters(n * 5 + 1)} ${n}y`;
}

export function textRows(
  count: number,
  labels: readonly string[] = ['neg', 'pos'],
): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => ({ text: textOf(i), label: labels[i % labels.length] }));
}
