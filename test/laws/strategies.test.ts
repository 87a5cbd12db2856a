/** What every strategy owes its users, whatever it does. If these fail, rows are lost or datasets cannot be repeated. */
import { z } from 'zod';
import { hashJson } from '../../core/hash';
import type { Json } from '../../core/json';
import { STRATEGIES } from '../../core/strategies/registry';
import { SHARED_BLOCKS, SHARED_REJECTIONS } from '../../core/story/vocabulary';
import { datasetStages, type InputSize, type Strategy } from '../../core/strategy';
import * as workflows from '../../workflows';
import { workflowTypeOf } from '../../core/story/workflow-type';
import { scriptedReply } from '../../infra/models/scripted/scripted-content';
import { JOB, useRun } from '../support/memory-run-control';
import { type MemoryRun, runInMemory } from '../support/run-strategy';

jest.mock('../../workflows/run-control', () => jest.requireActual<object>('../support/memory-run-control'));

interface Example {
  readonly params: Record<string, unknown>;
  readonly inputs: Record<string, readonly Json[]>;
}
/** Names of families hold an arm or a replicate before a slash. */
const STAGE_NAME = /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)*$/;
const RECORD_MAY_NOT_SAY = ['jobId', 'job', 'createdAt', 'at', 'latencyMs', 'attempt', 'attempts', 'epoch'];

function exampleOf(strategy: Strategy): Example {
  const { params = {}, inputs = {}, preset } = strategy.examples[0] as Partial<Example> & { preset?: string };
  const merged = preset === undefined ? params : { ...strategy.presets[preset], ...params };
  return { params: merged, inputs };
}

/** The workflow's own story. */
const storyOf = (strategy: Strategy) => ({
  story: async (run: MemoryRun): Promise<void> => {
    useRun(strategy, run);
    const stories = workflows as unknown as Readonly<
      Record<string, (ref: { jobId: string }) => Promise<unknown>>
    >;
    await stories[workflowTypeOf(strategy.name)]!({ jobId: JOB });
  },
});

/** Answered by the scripted model that ships with the product. */
const run = (strategy: Strategy, seed = 1) =>
  runInMemory(strategy, {
    ...exampleOf(strategy),
    ...storyOf(strategy),
    seed,
    answer: (request, random) => scriptedReply(request, random.integer(2 ** 31), { strategies: STRATEGIES }),
  });

describe.each(STRATEGIES.map((strategy) => [strategy.name, strategy] as const))('%s', (name, strategy) => {
  it('has a workflow of its own, and names that people can type', () => {
    expect(Object.keys(workflows)).toContain(workflowTypeOf(name));
    for (const word of [name, ...Object.keys(strategy.codes)]) expect(word).toMatch(/^[a-z][a-z0-9-]*$/);
    for (const stage of Object.keys(strategy.stages)) expect(stage).toMatch(STAGE_NAME);
  });

  it('describes its parameters as JSON Schema, strictly, and parses its own presets and example', () => {
    expect(z.toJSONSchema(strategy.params, { io: 'input', unrepresentable: 'any' })).toMatchObject({
      additionalProperties: false,
    });
    // What no default can stand for comes from the example.
    const { params } = strategy.examples[0] as Partial<Example>;
    for (const preset of Object.values(strategy.presets)) strategy.params.parse({ ...params, ...preset });
    expect(() => strategy.params.parse({ ...exampleOf(strategy).params, misspelt: 1 })).toThrow();
  });

  it('has a dataset stage, and the example gives it records', async () => {
    const { stages, records } = await run(strategy);
    expect(datasetStages(strategy, Object.keys(stages)).length).toBeGreaterThan(0);
    for (const stage of Object.keys(stages)) expect(stage).toMatch(STAGE_NAME);
    expect(records.length).toBeGreaterThan(0);
  });

  it('gives every planned row one outcome, with a reason that is documented', async () => {
    const known = [...SHARED_REJECTIONS, ...Object.keys(strategy.codes)];
    for (const [stage, { rows, plans }] of Object.entries((await run(strategy)).stages)) {
      expect([stage, rows.length]).toEqual([stage, plans.reduce((sum, planned) => sum + planned, 0)]);
      expect(new Set(rows.map(({ row }) => row.key)).size).toBe(rows.length);
      for (const { state, reason } of rows) if (state === 'rejected') expect(known).toContain(reason);
    }
  });

  it('gives the same rows, calls and records for the same seed, and other draws for another', async () => {
    const [first, again, other] = [await run(strategy), await run(strategy), await run(strategy, 2)];
    expect(hashJson(again.records)).toBe(hashJson(first.records));
    const calls = (result: typeof first) =>
      hashJson(Object.values(result.stages).map((stage) => stage.calls));
    expect(calls(again)).toBe(calls(first));
    expect(calls(other)).not.toBe(calls(first));
  });

  it('keeps whatever differs between equal runs out of its records', async () => {
    for (const record of (await run(strategy)).records) {
      for (const word of RECORD_MAY_NOT_SAY) expect(Object.keys(record as object)).not.toContain(word);
    }
  });

  it('estimates a range that holds what the example used', async () => {
    const { params, inputs } = exampleOf(strategy);
    const sizes = Object.fromEntries(
      Object.entries(inputs).map(([role, items]): [string, InputSize] => [
        role,
        { items: items.length, characters: JSON.stringify(items).length, complete: true },
      ]),
    );
    const estimate = strategy.estimate(strategy.params.parse(params), sizes);
    const { stages } = await run(strategy);
    for (const { stage, role, rows, calls } of estimate) {
      expect(Object.keys(strategy.models)).toContain(role);
      expect(rows.low).toBeLessThanOrEqual(calls.low);
      expect(calls.low).toBeLessThanOrEqual(calls.high);
      expect(stages[stage]?.calls.length ?? 0).toBeLessThanOrEqual(calls.high);
    }
  });

  it('has a pilot that is no larger than the job and whose first calls the job would make too', async () => {
    const { params, inputs } = exampleOf(strategy);
    const { params: small, items } = strategy.pilot(strategy.params.parse(params), 2);
    const cut = Object.fromEntries(
      Object.entries(inputs).map(([role, all]) => [role, all.slice(0, items[role] ?? all.length)]),
    );
    const answer: Parameters<typeof runInMemory>[1]['answer'] = (request, random) =>
      scriptedReply(request, random.integer(2 ** 31), { strategies: STRATEGIES });
    const pilot = await runInMemory(strategy, {
      ...storyOf(strategy),
      ...{ params: strategy.params.parse(small) as Record<string, unknown>, inputs: cut, seed: 1, answer },
    });
    const whole = await run(strategy);
    for (const [stage, { calls }] of Object.entries(pilot.stages)) {
      const known = new Set((whole.stages[stage]?.calls ?? []).map((request) => hashJson(request)));
      expect(calls.length).toBeLessThanOrEqual(whole.stages[stage]?.calls.length ?? 0);
      const [first] = calls;
      if (first !== undefined) expect(known).toContain(hashJson(first));
    }
  });

  it('documents every code of its own once, and none that is shared', () => {
    const shared: readonly string[] = [...SHARED_REJECTIONS, ...SHARED_BLOCKS];
    for (const [code, sentence] of Object.entries(strategy.codes)) {
      expect(shared).not.toContain(code);
      expect(sentence.length).toBeGreaterThan(10);
    }
  });
});
