/** If these fail, the preset `paper` is not what the paper did, and no comparison with it holds. */
import type { ModelRequest } from '../../../../../core/calls';
import { errorExtrapolationPresets } from '../../../../../core/strategies/error-extrapolation/params';
import { textToy } from '../../../../support/toys/text-toy';
import { expectHonest } from './expect-honest';
import { runStory } from './run-story';
import { LONG_MS } from './toy-run';
import { toyWriter } from './toy-writer';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const EMPTY_IN = 20;

const messagesOf = (request: ModelRequest | undefined): unknown =>
  request?.kind === 'chat' ? { messages: request.messages, format: request.format } : undefined;

test(
  'every error is imitated once, three trainings, nothing but empty answers refused',
  async () => {
    const toy = textToy({ seed: 1, rows: 600, labels: 2 });
    const { run, blocked } = await runStory({
      params: {
        task: { kind: 'text', instruction: 'Tell what is said.', labels: toy.labels },
        ...errorExtrapolationPresets['paper'],
        seedPerLabel: 100,
        reasonsPerLabel: 0,
      },
      inputs: { gold: toy.gold },
      answer: toyWriter(toy, {
        after: (text, _label, random) => (random.integer(EMPTY_IN) === 0 ? ' ' : `"${text}"`),
        judge: (prompt) => toy.trueLabel(/<<<([\s\S]*?)>>>/u.exec(prompt)![1]!),
      }),
    });
    expect(blocked).toBeUndefined();
    expectHonest(run);
    for (const q of [1, 2]) {
      const errors = run.stages[`main/mine-${q - 1}`]!.facts['errors'];
      expect(errors).toBeGreaterThan(0);
      expect(run.stages[`main/extrapolate-${q}`]!.rows).toHaveLength(errors as number);
    }
    const trainings = [0, 1, 2].flatMap((q) => run.stages[`main/train-${q}`]!.rows.map(({ row }) => row.key));
    expect(trainings).toEqual(Array(3).fill('synthetic-only/1'));
    expect(run.stages['main/mine-2']!.facts).toMatchObject({ done: true, best: 2, optimistic: true });
    const main = Object.entries(run.stages).filter(([name]) => name.startsWith('main/'));
    const reasons = main.flatMap(([, { rows }]) => rows.map(({ reason }) => reason));
    expect(new Set(reasons.filter((reason) => reason !== undefined))).toEqual(new Set(['empty']));
    const records = run.stages['assemble']!.rows.map(({ record }) => record as { text: string });
    expect(records.every(({ text }) => text.startsWith('"'))).toBe(true); // the raw parser keeps what came
    const toSeed = run.stages['main/seed']!.calls[0]?.request;
    const toNear = run.stages['main/extrapolate-1']!.calls[0]?.request;
    expect([messagesOf(toSeed), messagesOf(toNear)]).toMatchSnapshot();
  },
  LONG_MS,
);
