/** If these fail, an example job is refused, or the scripted model leaves it without rows. */
import type { CallRequest, ChatCall, Reply } from '../../../../../core/calls';
import { jobInputSchema } from '../../../../../core/job-body';
import { mulberry32 } from '../../../../../core/random';
import { checkErrorExtrapolation } from '../../../../../core/strategies/error-extrapolation/check';
import { describeStep } from '../../../../../core/strategies/error-extrapolation/describe-call';
import { ERROR_EXTRAPOLATION_EXAMPLES } from '../../../../../core/strategies/error-extrapolation/examples';
import { judgeStep } from '../../../../../core/strategies/error-extrapolation/judge-call';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import { ERROR_EXTRAPOLATION_PROMPTS } from '../../../../../core/strategies/error-extrapolation/prompts';
import { reasonsStep } from '../../../../../core/strategies/error-extrapolation/reasons-call';
import type { GoldRow, WriteData } from '../../../../../core/strategies/error-extrapolation/records';
import { scriptedErrorExtrapolation } from '../../../../../core/strategies/error-extrapolation/scripted';
import { writeStep } from '../../../../../core/strategies/error-extrapolation/write-step';
import { MODEL, readOf, survey } from './support';

const ROWS_TRIED = 60;

interface Body {
  readonly params: Record<string, unknown> & { readonly task: Record<string, unknown> };
  readonly inputs: { readonly gold: readonly Record<string, unknown>[] };
}
const bodies = ERROR_EXTRAPOLATION_EXAMPLES as unknown as readonly Body[];

function replyTo({ request }: CallRequest, seed: number): Reply {
  const text = scriptedErrorExtrapolation(request as ChatCall, mulberry32(seed));
  if (text === undefined) throw new Error(`nothing answers ${JSON.stringify(request)}`);
  return {
    text,
    finish: 'stop',
    refused: false,
    usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
  };
}

type Ended<Step> = Exclude<Step, { readonly call: CallRequest }>;

/** Steps with the scripted model's replies until there is an end. */
function drive<Step extends object>(step: (replies: Reply[]) => Step, seed: number): Ended<Step> {
  const replies: Reply[] = [];
  for (;;) {
    const next = step(replies);
    if (!('call' in next)) return next as Ended<Step>;
    replies.push(replyTo(next.call as CallRequest, seed * 100 + replies.length));
    if (replies.length > 16) throw new Error('no end');
  }
}

describe.each(bodies.map((body) => [String(body.params.task['kind']), body] as const))('%s', (kind, body) => {
  const params = errorExtrapolationParamsSchema.parse(body.params);
  const base = { params, prompts: ERROR_EXTRAPOLATION_PROMPTS, models: { generator: MODEL } };
  const context = { ...base, lengths: { min: 1, max: 60 } };
  const rows = body.inputs.gold.map((row, i) => ({ ...row, id: String(i) })) as unknown as GoldRow[];
  const other = (id: string): string => params.task.labels.find((label) => label.id !== id)!.id;

  const write = (style: 'clean' | 'paper', variant: WriteData['variant'], i: number) => {
    const row = rows[i]!;
    const { label, answers } = row;
    const data = {
      ...{ variant, reasons: [] },
      ...(label === undefined
        ? { answer: answers![0]! }
        : { label: variant === 'contrast' ? other(label) : label }),
      ...(label === undefined ? {} : { other: variant === 'boundary' ? other(label) : label }),
      ...(variant === 'boundary' ? { alpha: 70 } : {}),
      ...(variant === 'pattern' ? { pattern: { name: 'n', pattern: 'late hint', vary: 'the place' } } : {}),
      predicted: answers?.[0]?.text ?? label!,
    };
    const given = variant === 'contrast' && label !== undefined ? { ...data, other: other(label) } : data;
    const sources = { ...(variant === 'seed' ? { context: row } : { parent: row }), examples: [] };
    return drive(
      (replies) => writeStep({ ...context, params: { ...params, style } }, given, sources, replies),
      i + 1,
    );
  };

  test('is a body that can be posted: nothing is refused, and enough rows fill every split', async () => {
    expect(() => jobInputSchema.parse(body.inputs.gold)).not.toThrow();
    const read = readOf(body.inputs);
    expect(await checkErrorExtrapolation({ params, models: base.models, read, headOnly: false })).toEqual([]);
    const found = await survey({ params: body.params, task: body.params.task, inputs: body.inputs });
    expect([...found.lineProblems, ...found.wholeProblems]).toEqual([]);
  });

  const variants = [
    'seed',
    'near',
    'shift',
    'contrast',
    'pattern',
    ...(kind === 'extractive-qa' ? [] : ['boundary']),
  ];
  test.each(variants as WriteData['variant'][])('rows of %s are written, most of them usable', (variant) => {
    const ends = Array.from({ length: ROWS_TRIED }, (_, i) => write('clean', variant, i));
    const good = ends.filter((end) => 'texts' in end);
    expect(good.length / ROWS_TRIED).toBeGreaterThan(variant === 'contrast' ? 0.6 : 0.8);
  });

  test('the paper’s prompts are answered too', () => {
    for (const variant of ['seed', 'near'] as const) {
      const ends = Array.from({ length: 20 }, (_, i) => write('paper', variant, i));
      expect(ends.filter((end) => 'texts' in end).length).toBeGreaterThan(15);
    }
  });

  test('the judge agrees with gold and with what was written', () => {
    const judged = (row: object, seed: number) =>
      drive((replies) => judgeStep(base, row, replies), seed).verdict;
    const agreed = rows.slice(0, ROWS_TRIED).filter((row, i) => judged(row, i).agreed);
    expect(agreed.length).toBe(ROWS_TRIED);
    const written = Array.from({ length: ROWS_TRIED }, (_, i) => {
      const end = write('clean', 'seed', i);
      return 'texts' in end ? judged({ ...end.texts, label: rows[i]!.label }, i).agreed : undefined;
    });
    const votes = written.filter((vote) => vote !== undefined);
    expect(votes.filter(Boolean).length / votes.length).toBeGreaterThan(0.9);
  });

  test('reasons and descriptions are given', () => {
    if (kind !== 'text') return;
    const asked = { label: params.task.labels[0]!.id, n: 10, angle: 'quality' };
    expect(drive((replies) => reasonsStep(base, asked, replies), 1)).toMatchObject({
      reasons: expect.arrayContaining(['its price speaks for satisfied']) as string[],
    });
    const errors = rows.slice(0, 3).map((row) => ({ ...row, predicted: other(row.label!) }));
    expect(drive((replies) => describeStep(base, errors, replies), 1)).toMatchObject({
      pattern: { vary: ['the thing', 'the place', 'the speaker'] },
    });
  });
});

test('other strategies’ prompts are not answered', () => {
  const request: ChatCall = {
    ...{ kind: 'chat', temperature: 1, tokensMax: 10 },
    messages: [
      { role: 'system', content: 'You are helpful.' },
      { role: 'user', content: 'Write one text that is short.' },
    ],
  };
  expect(scriptedErrorExtrapolation(request, mulberry32(1))).toBeUndefined();
  expect(
    scriptedErrorExtrapolation(
      { ...request, messages: [{ role: 'user', content: 'Tell me a joke.' }] },
      mulberry32(1),
    ),
  ).toBeUndefined();
});
