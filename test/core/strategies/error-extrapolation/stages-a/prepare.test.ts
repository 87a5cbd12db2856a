/** If these fail, rows that judge a student leak into what it learns from, or bad lines go unnoticed. */
import {
  jsonBytes,
  prepared,
  PAIR_TASK,
  pairGold,
  QA_TASK,
  qaGold,
  TEXT_TASK,
  textGold,
  textParams,
} from './support';
import type { GoldRow } from '../../../../../core/strategies/error-extrapolation/records';
import { ARMS } from '../../../../../core/strategies/error-extrapolation/params';
import { leakHashes } from '../../../../../core/strategies/error-extrapolation/word-shingles';
import { PAYLOAD_BYTES_MAX } from '../../../../../core/story/limits';
import type { MemoryRun } from '../../../../support/run-strategy';

function split(run: MemoryRun, name: string): GoldRow[] {
  return (run.stages['prepare']!.collections.get(name) ?? []) as unknown as GoldRow[];
}
const facts = (run: MemoryRun) => run.stages['prepare']!.facts;

describe('prepare', () => {
  it('splits gold by groups, each row once, in the order of the file', async () => {
    const gold = pairGold(200);
    const run = await prepared({ params: { task: PAIR_TASK }, inputs: { gold } });
    const splits = ['mine', 'select', 'test'].map((name) => split(run, name));
    expect(splits.map((rows) => rows.length)).toEqual([100, 50, 50]);
    expect(facts(run)).toMatchObject({
      gold: 200,
      mine: 100,
      select: 50,
      test: 50,
      testFile: false,
      dropped: 0,
    });
    const groups = splits.map((rows) => new Set(rows.map(({ group }) => group)));
    expect(groups[0]!.size + groups[1]!.size + groups[2]!.size).toBe(100);
    expect(new Set(groups.flatMap((set) => [...set])).size).toBe(100);
    for (const rows of splits)
      expect(rows.map(({ line }) => line)).toEqual(rows.map(({ line }) => line).sort((a, b) => a - b));
  });

  it('takes all of gold for mine and select where there is a test file', async () => {
    const inputs = { gold: textGold(150), test: textGold(40, 2, 't') };
    const run = await prepared({ params: textParams(), inputs });
    expect(facts(run)).toMatchObject({ mine: 100, select: 50, test: 40, testFile: true });
    expect(facts(run)['testHash']).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('warns where other jobs have looked at the same test rows', async () => {
    const inputs = { gold: textGold(150), test: textGold(40, 2, 't') };
    const warned = await prepared({ params: textParams(), inputs, otherJobs: 2 });
    expect((facts(warned)['warnings'] as string[])[0]).toMatch(/^The test rows were used by 2 earlier jobs/u);
    const own = await prepared({ params: textParams(), inputs: { gold: textGold(150) }, otherJobs: 2 });
    expect(JSON.stringify(facts(own)['warnings'])).not.toContain('earlier jobs');
  });

  it('hands on hashes of what is kept apart, not its texts', async () => {
    const run = await prepared({ params: textParams(), inputs: { gold: textGold(200) } });
    const hashes = run.stages['prepare']!.collections.get('eval-shingles') as string[];
    expect(hashes.length).toBe(facts(run)['evalShingles']);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/u);
    const wanted = [...split(run, 'select'), ...split(run, 'test')].flatMap(({ text }) =>
      leakHashes(text!, 13),
    );
    expect(new Set(hashes)).toEqual(new Set(wanted));
  });

  it('judges every row of mine by a student of gold that has not seen it', async () => {
    const run = await prepared({ params: textParams(), inputs: { gold: textGold(400) } });
    const predictions = run.stages['prepare']!.collections.get('cross-fit') as { id: string }[];
    expect(predictions.map(({ id }) => id)).toEqual(split(run, 'mine').map(({ id }) => id));
    expect(facts(run)['crossFitAccuracy']).toBeGreaterThan(0.9);
  });

  it('trains no student of gold where nobody asks for one', async () => {
    const params = textParams({ noiseGuard: 'off', judge: 'off' });
    const run = await prepared({ params, inputs: { gold: textGold(200) } });
    expect(run.stages['prepare']!.collections.has('cross-fit')).toBe(false);
    expect(facts(run)).not.toHaveProperty('crossFitAccuracy');
  });

  it('fixes the comparisons that the arms allow, and keeps its facts small', async () => {
    const labels = Array.from({ length: 200 }, (_, i) => ({ id: `label-${i}`, phrase: `of the sort ${i}` }));
    const gold = Array.from({ length: 8_000 }, (_, i) => ({
      text: `row ${i} of ${i % 200}`,
      label: `label-${i % 200}`,
    }));
    const params = {
      task: { ...TEXT_TASK, labels },
      arms: [...ARMS],
      noiseGuard: 'off',
      judge: 'off',
      nearDuplicateMin: 1,
    };
    const run = await prepared({ params, inputs: { gold } });
    const { comparisons } = facts(run) as unknown as { comparisons: { id: string; round: string }[] };
    expect(comparisons.map(({ id, round }) => `${id} ${round}`)).toEqual([
      'main-goldgen-mix last',
      'main-seed-only last',
      'main-gold-only chosen',
      'main-faithful chosen',
      'gold-main-goldgen-mix last',
    ]);
    expect(jsonBytes(facts(run))).toBeLessThan(PAYLOAD_BYTES_MAX);
    const few = await prepared({
      params: textParams({ arms: ['gold-only'] }),
      inputs: { gold: textGold(200) },
    });
    expect((facts(few)['comparisons'] as unknown as { id: string }[]).map(({ id }) => id)).toEqual([
      'main-gold-only',
    ]);
  });

  it('asks about lines that cannot be used, and goes on without them', async () => {
    const gold = [...textGold(200), { text: 'no such label', label: 'postive' }];
    const asked = await prepared({ params: textParams(), inputs: { gold } });
    expect(asked.stages['prepare']!.block).toMatchObject({ code: 'label-unknown', choices: ['drop-lines'] });
    expect(asked.stages['prepare']!.block!.samples[0]).toContain('label "postive" is not one of: pos, neg');
    const choices = { 'label-unknown': 'drop-lines' };
    const run = await prepared({ params: textParams(), inputs: { gold }, choices });
    expect(facts(run)).toMatchObject({ gold: 200, dropped: 1 });
  });

  it('gives no choice where gold as a whole is too small', async () => {
    const run = await prepared({ params: textParams(), inputs: { gold: textGold(60) } });
    expect(run.stages['prepare']!.block).toMatchObject({ code: 'gold-count', choices: [] });
  });

  it('keeps contexts of select and test from the seed', async () => {
    const gold = pairGold(200);
    const contexts = [
      ...gold.map(({ context }) => ({ context })),
      { context: 'A context of its own, far away.' },
    ];
    const run = await prepared({ params: { task: PAIR_TASK }, inputs: { gold, contexts } });
    const seeds = split(run, 'contexts').map(({ context }) => context);
    const kept = new Set([...split(run, 'select'), ...split(run, 'test')].map(({ context }) => context));
    expect(seeds).toHaveLength(101);
    expect(seeds.filter((context) => kept.has(context))).toEqual([]);
    expect(facts(run)['warnings']).toEqual([expect.stringContaining('100 contexts stand in select or test')]);
  });

  it('writes about the contexts of mine where no others are given', async () => {
    const run = await prepared({ params: { task: QA_TASK }, inputs: { gold: qaGold(200) } });
    expect(split(run, 'contexts').map(({ context, answers }) => ({ context, answers }))).toEqual(
      split(run, 'mine').map(({ context, answers }) => ({ context, answers })),
    );
    expect(facts(run)['contexts']).toBe(100);
  });
});
