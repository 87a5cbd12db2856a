/** If these fail, students learn marks of the writer instead of the task, or good rounds are held up. */
import { gateStage } from '../../../../../core/strategies/error-extrapolation/stages/gate';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import type { GoldRow, SiftedRow } from '../../../../../core/strategies/error-extrapolation/records';
import { randomFor } from '../../../../../core/random';
import type { Outcome, PlannedRow, TransformContext } from '../../../../../core/strategy';
import type { ErrorExtrapolationParams } from '../../../../../core/strategies/error-extrapolation/params';

const LABELS = ['entailed', 'not'];
const WORDS = 'river stone cloud lamp garden winter paper bridge candle forest silver window'.split(' ');
const random = randomFor(1, 'gate-test');
const sentence = (): string =>
  Array.from({ length: 8 }, () => WORDS[random.integer(WORDS.length)]!).join(' ') + '.';

function paramsOf(given: Readonly<Record<string, unknown>> = {}): ErrorExtrapolationParams {
  const labels = LABELS.map((id) => ({ id, phrase: id }));
  return errorExtrapolationParamsSchema.parse({
    task: { kind: 'text', instruction: 'i', labels },
    seedPerLabel: 200,
    reasonsPerLabel: 0,
    ...given,
  });
}

/** Rows that stand in quotes in `shares` of the cases, by label. */
function rowsOf(round: number, shares: readonly [number, number], count = 400): SiftedRow[] {
  return Array.from({ length: count }, (_, i): SiftedRow => {
    const at = i % 2;
    const text = random.integer(1_000) < 1_000 * shares[at]! ? `"${sentence()}"` : sentence();
    return {
      id: round === 0 ? `seed/${i}` : `x${round}/g${i}/near/0`,
      text,
      label: LABELS[at]!,
      origin: round === 0 ? 'seed' : 'extrapolated',
      round,
      variant: round === 0 ? 'seed' : 'near',
      reasons: [],
      promptHash: 'p',
      model: 'm',
      callKeys: [`written ${i}`],
    };
  });
}
const gold: GoldRow[] = rowsOf(0, [0, 0]).map(({ id, text, label }, line) => {
  return { id, text: text!, label: label!, group: id, line: line + 1 };
});

async function pass(
  rows: readonly SiftedRow[],
  options: { arm?: string; choice?: string; params?: ErrorExtrapolationParams } = {},
) {
  const round = rows[0]?.round ?? 0;
  const outcomes: Outcome[] = [];
  const asked: string[] = [];
  const params = options.params ?? paramsOf();
  const stream = async function* <T>(items: readonly T[]) {
    yield* await Promise.resolve(items);
  };
  const read = {
    stage: () => Promise.resolve({ counts: {}, facts: { contexts: 0 } }),
    collection: () => stream(gold),
    outcomes: (name: string) =>
      stream<object>(
        name.endsWith(`sift-${round}`)
          ? rows.map((record) => ({ row: { key: record.id, data: {} }, record, callKeys: ['judged'] }))
          : name.endsWith('/seed')
            ? rows.map(({ label, id }) => ({ row: { key: id, data: { label } } }))
            : [],
      ),
  };
  const context = {
    params,
    seed: 1,
    models: {},
    students: {},
    prompts: {},
    read,
    write: () => Promise.resolve(),
    choice: (code: string) => {
      asked.push(code);
      return options.choice;
    },
    row: (_: PlannedRow, outcome: Outcome) => {
      outcomes.push(outcome);
      return Promise.resolve();
    },
  } as unknown as TransformContext<ErrorExtrapolationParams>;
  const place = { replicate: 1, arm: options.arm ?? 'main', step: 'gate', round };
  const result = await gateStage(place).transform(context);
  return { ...result, outcomes, asked };
}
const reasonsOf = (outcomes: readonly Outcome[]): Set<string> =>
  new Set(outcomes.map((one) => (one.state === 'rejected' ? one.reason : one.state)));

test('rows without marks pass, with the calls that judged them', async () => {
  const { block, outcomes, facts } = await pass(rowsOf(0, [0, 0]));
  expect(block).toBeUndefined();
  expect(outcomes).toHaveLength(400);
  expect(outcomes[0]).toMatchObject({ state: 'accepted', record: { callKeys: ['written 0', 'judged'] } });
  expect(facts).toMatchObject({ rows: 400, discarded: false });
});

test('quotes that give labels away block, and are named', async () => {
  const { block, outcomes } = await pass(rowsOf(0, [0.44, 0.96], 2_000));
  expect(block).toMatchObject({ code: 'artefact', choices: ['accept'] });
  expect(block!.message).toContain('feature quotes');
  const score = Number(/alone ([\d.]+) %/u.exec(block!.message)![1]);
  expect(Math.abs(score - 75.9)).toBeLessThan(2);
  expect(outcomes).toEqual([]);
});

test('a round may be accepted, discarded, or left out', async () => {
  const marked = rowsOf(1, [0.1, 0.9]);
  expect((await pass(marked)).block?.choices).toEqual(['accept', 'discard-round', 'publish']);
  expect(reasonsOf((await pass(marked, { choice: 'accept' })).outcomes)).toContain('accepted');
  for (const choice of ['discard-round', 'publish']) {
    const { outcomes, facts } = await pass(marked, { choice });
    expect(reasonsOf(outcomes)).toEqual(new Set(['round-discarded']));
    expect(outcomes).toHaveLength(400);
    expect(facts['discarded']).toBe(true);
  }
});

test('onArtefact discards by itself, but never the seed', async () => {
  const params = paramsOf({ onArtefact: 'discard' });
  expect(reasonsOf((await pass(rowsOf(1, [0.1, 0.9]), { params })).outcomes)).toEqual(
    new Set(['round-discarded']),
  );
  expect((await pass(rowsOf(0, [0.1, 0.9]), { params })).block).toMatchObject({ code: 'artefact' });
});

test('other arms and onArtefact "warn" go on, and say so', async () => {
  for (const options of [{ arm: 'goldgen-mix' }, { params: paramsOf({ onArtefact: 'warn' }) }]) {
    const { block, facts, asked } = await pass(rowsOf(1, [0.1, 0.9]), options);
    expect(block).toBeUndefined();
    expect(facts['warning']).toContain('quotes');
    expect(asked).toEqual([]);
  }
});

test('a label with fewer than half of its seed rows is a shortfall', async () => {
  const few = rowsOf(0, [0, 0]).filter(({ label }, i) => label === 'not' || i < 100);
  const { block } = await pass(few);
  expect(block).toMatchObject({ code: 'shortfall', choices: ['accept'] });
  expect(block!.message).toContain('"entailed" 50 of 200');
  expect((await pass(few, { choice: 'accept' })).block).toBeUndefined();
  expect((await pass(few, { arm: 'few-shot' })).block).toBeUndefined();
});

test('lengths that tell labels are balanced first', async () => {
  const long = rowsOf(0, [0, 0]).map((row) =>
    row.label === 'not' && random.integer(3) > 0
      ? { ...row, text: `${row.text!} ${sentence()} ${sentence()}` }
      : row,
  );
  const { outcomes, facts } = await pass(long, { choice: 'accept' });
  const dropped = outcomes.filter((one) => one.state === 'rejected');
  expect(dropped.length).toBeGreaterThan(0);
  expect(dropped.length).toBeLessThanOrEqual(0.3 * outcomes.length);
  expect(reasonsOf(dropped)).toEqual(new Set(['artefact-rebalance']));
  expect(facts['rebalanced']).toBe(dropped.length);
});

test('without filters no row is left out', async () => {
  const params = paramsOf({ filters: 'off', onArtefact: 'warn' });
  const { outcomes } = await pass(rowsOf(1, [0.1, 0.9]), { params });
  expect(reasonsOf(outcomes)).toEqual(new Set(['accepted']));
});
