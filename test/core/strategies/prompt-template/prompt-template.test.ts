import type { Reply } from '../../../../core/calls';
import type { Json } from '../../../../core/json';
import { promptTemplate } from '../../../../core/strategies/prompt-template';
import type {
  CheckContext,
  InputItem,
  PlanContext,
  PlannedRow,
  RowsStage,
  Step,
} from '../../../../core/strategy';

const generate = promptTemplate.stages.generate as RowsStage;
const MODEL = { name: 'x/y', capabilities: ['chat', 'jsonSchema'], contextTokens: 8_000 } as const;
const SCHEMA = {
  type: 'object',
  properties: { stars: { type: 'integer', minimum: 1, maximum: 5 }, title: { type: 'string' } },
  required: ['stars', 'title'],
  additionalProperties: false,
} as const;

const parse = (params: Readonly<Record<string, Json>>) => promptTemplate.params.parse(params);
const itemsOf = (values: readonly unknown[]): InputItem[] =>
  values.map((value, index) => ({ file: 'rows.jsonl', line: index + 1, value }));

function reading(items: readonly InputItem[]) {
  return {
    input: async function* () {
      yield* items;
    },
  };
}
async function planned(
  values: readonly unknown[],
  params: Readonly<Record<string, Json>>,
): Promise<PlannedRow[]> {
  const context = {
    params: parse(params),
    read: reading(itemsOf(values)),
    plan: 0,
  } as unknown as PlanContext<unknown>;
  const rows: PlannedRow[] = [];
  for await (const row of generate.plan(context)) rows.push(row);
  return rows;
}
function step(params: Readonly<Record<string, Json>>, value: unknown, ...replies: Partial<Reply>[]): Step {
  return generate.step({
    params: parse(params),
    seed: 1,
    models: { generator: MODEL },
    students: {},
    prompts: {},
    row: { key: 'k', sources: { rows: [0] }, data: { sample: 0 }, position: 0 },
    sources: { rows: itemsOf([value]) },
    replies: replies.map((reply) => ({
      text: '',
      finish: 'stop',
      refused: false,
      usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 7 },
      ...reply,
    })),
  });
}
const faultsOf = (values: readonly unknown[], template: string) => {
  const context = {
    params: parse({ template }),
    models: {},
    read: reading(itemsOf(values)),
    headOnly: false,
  };
  return promptTemplate.check(context as CheckContext<unknown>);
};

test('every row is planned once a sample; equal rows get keys of their own, wherever they stand', async () => {
  const rows = await planned([{ a: 1 }, { a: 2 }, { a: 1 }], { template: '{a}', samples: 2 });
  expect(rows.map((row) => row.sources.rows)).toEqual([[0], [0], [1], [1], [2], [2]]);
  expect(rows.map((row) => row.key.slice(16))).toEqual(['/0', '/1', '/0', '/1', '/2', '/3']);
  expect(rows[0]?.key.slice(0, 16)).toBe(rows[4]?.key.slice(0, 16));
  expect(new Set(rows.map((row) => row.key)).size).toBe(6);
});

test('the prompt is the filled template, with the system message and sampling asked for', () => {
  const params = {
    template: 'Review {product}.',
    system: 'Be kind.',
    temperature: 0.3,
    completionTokensMax: 50,
  };
  expect(step(params, { product: 'a lamp' })).toEqual({
    call: {
      role: 'generator',
      request: {
        kind: 'chat',
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Review a lamp.' },
        ],
        temperature: 0.3,
        topP: 1,
        tokensMax: 50,
      },
    },
  });
});

test('an answer becomes a record with its source', () => {
  expect(step({ template: '{p}' }, { p: 'x', extra: 1 }, { text: ' Fine. ' })).toEqual({
    outcome: {
      state: 'accepted',
      record: { source: { p: 'x', extra: 1 }, text: 'Fine.', sample: 0 },
      tokens: 7,
    },
  });
});

test.each<[string, Partial<Reply>]>([
  ['empty', { text: ' \n' }],
  ['refusal', { text: "I'm sorry, but I can't help with that." }],
  ['refusal', { text: 'No.', refused: true }],
  ['truncated', { text: 'It was', finish: 'length' }],
  ['content-filtered', { text: '', finish: 'content-filter' }],
])('%s answers are rejected', (reason, reply) => {
  expect(step({ template: '{p}' }, { p: 'x' }, reply)).toMatchObject({
    outcome: { state: 'rejected', reason },
  });
});

test('JSON is asked for with the schema, checked, asked for once more, and given up', () => {
  const params = { template: '{p}', jsonSchema: SCHEMA };
  const asked = step(params, { p: 'x' });
  expect(asked).toMatchObject({ call: { request: { format: { type: 'json-schema', schema: SCHEMA } } } });
  const value = { stars: 4, title: 'Good' };
  expect(step(params, { p: 'x' }, { text: JSON.stringify(value) })).toMatchObject({
    outcome: { state: 'accepted', record: { value, sample: 0 } },
  });
  const bad = { text: '{"stars": 9, "title": "Good"}' };
  expect(step(params, { p: 'x' }, bad)).toMatchObject({ call: { redraw: 1 } });
  expect(step(params, { p: 'x' }, bad, bad)).toMatchObject({ outcome: { reason: 'unparsable' } });
});

test('a server that refuses the format is asked in a plainer one; its refusal is no answer of the model', () => {
  const params = { template: '{p}', jsonSchema: SCHEMA };
  const refused = { text: 'status 400: json_schema is not supported', finish: 'format-refused' } as const;
  const asked = step(params, { p: 'x' }, refused);
  expect(asked).toMatchObject({ call: { request: { messages: [{ role: 'system' }, { content: 'x' }] } } });
  expect(asked).not.toHaveProperty('call.request.format');
  const value = { stars: 4, title: 'Good' };
  expect(step(params, { p: 'x' }, refused, { text: JSON.stringify(value) })).toMatchObject({
    outcome: { state: 'accepted', record: { value } },
  });
});

test.each([
  [{ template: '' }],
  [{ template: '{"a": 1}' }],
  [{ template: '{p}', samples: 0 }],
  [{ template: '{p}', tempurature: 1 }],
  [{ template: '{p}', jsonSchema: { not: { type: 'string' } } }],
  [{ template: '{p}', jsonSchema: { if: {}, then: {} } }],
])('%j is refused before anything is spent', (params) => {
  expect(promptTemplate.params.safeParse(params).success).toBe(false);
});

test('rows that lack a field are named by file, line and field', async () => {
  const problems = await faultsOf([{ a: 1 }, { b: 2 }, { a: null }, 'text'], 'Tell {a}.');
  expect(problems.map(({ code, at }) => [code, at])).toEqual([
    ['rows-invalid', 'rows.jsonl:2'],
    ['rows-invalid', 'rows.jsonl:3'],
    ['rows-invalid', 'rows.jsonl:4'],
  ]);
  expect(problems[0]?.message).toMatch(/field "a".*the fields b/);
  expect(problems[1]?.message).toMatch(/a value in the field "a".*got null/);
  expect(await faultsOf([], '{a}')).toHaveLength(1);
  expect(await faultsOf([{ a: 0 }], '{a}')).toEqual([]);
});

test('the estimate counts rows times samples', () => {
  const inputs = { rows: { items: 10, characters: 1_000, complete: true } };
  const [stage] = promptTemplate.estimate(
    parse({ template: '{p}', samples: 3, completionTokensMax: 100 }),
    inputs,
  );
  expect(stage).toMatchObject({
    stage: 'generate',
    calls: { low: 30, high: 30 },
    outputTokens: { high: 3_000 },
  });
});
