/** If these fail, the demo asks for too much, tells it wrong, or repeats itself. */
import { cutAtSentence } from '../../../api/cli/demo/prose';
import { proofLines, recordLines, rejectionLines, relationLines } from '../../../api/cli/demo/proof';
import { onlyChanges } from '../../../api/cli/demo/quiet-progress';
import { CALLS_MAX, CALLS_MIN, CALLS_SHORT, sizeDemo } from '../../../api/cli/demo/size';
import { progressLine } from '../../../api/cli/show-job';
import type { JobView } from '../../../api/job-view';
import { fakeTerminal } from './fake-terminal';

it('fits the work to the speed of the model', () => {
  expect(sizeDemo(1, 3, false).calls).toBe(CALLS_MIN);
  expect(sizeDemo(1_000, 3, false).calls).toBe(CALLS_MAX);
  expect(sizeDemo(60, 3, true).calls).toBe(CALLS_SHORT);
  const [slow, fast] = [sizeDemo(20, 3, false), sizeDemo(60, 3, false)];
  expect(slow.calls).toBeLessThan(fast.calls);
  expect(slow.charactersPerDocument).toBeLessThan(fast.charactersPerDocument);
  expect(fast.minutes).toBeLessThanOrEqual(5);
});

it('cuts prose at a sentence', () => {
  expect(cutAtSentence('One two. Three four. Five six.', 25)).toBe('One two. Three four.');
  expect(cutAtSentence('One two.', 25)).toBe('One two.');
  expect(cutAtSentence('a'.repeat(50), 25)).toHaveLength(25);
});

it('says loudly when rows are missing', () => {
  const proof = {
    rows: { planned: 10, accepted: 6, rejected: 3, failed: 0 },
    open: 1,
    calls: 12,
    callsReused: 0,
    callsRepeated: 2,
    callsInDoubt: 0,
    runs: 1,
    balanced: false,
  };
  expect(proofLines({ proof, records: 6 }, 4).join('\n')).toMatch(/DOES NOT ADD UP[^]*kill: 2 \(at most 4/);
  expect(proofLines({ proof: { ...proof, balanced: true }, records: 6 }, 4).join('\n')).toContain(
    'it adds up',
  );
  expect(recordLines([{ text: 'a\nb' }, 'c'])).toEqual(['Record 1:', '  a\n  b', 'Record 2:', '  c']);
});

it('names what was taken out, and why', () => {
  const stage = {
    stage: 'write',
    title: 'writes',
    kind: 'rows',
    state: 'finished',
    dataset: true,
    plans: 1,
    planned: 3,
    accepted: 0,
    rejected: 3,
    failed: 0,
    open: 0,
    startedAt: '',
  } as const;
  const stages = [
    { ...stage, reasons: { length: 2, truncated: 1 } },
    { ...stage, stage: 'extract', reasons: {} },
  ];
  expect(rejectionLines({ stages })).toEqual(['  not used, write: 2 length, 1 truncated']);
});

it('says what the relation calls came to', () => {
  const relations = {
    stage: 'entigraph',
    title: 'relates',
    kind: 'rows',
    planned: 8,
    accepted: 6,
    rejected: 2,
    failed: 0,
    reasons: {},
    calls: 12,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
  } as const;
  const stages = [{ ...relations, stage: 'extract' }, relations];
  expect(relationLines({ stages }, 'entigraph')).toEqual([
    '  relations: 12 calls for 8 rows, 6 accepted (75 %)',
  ]);
});

it('tells a change of counts once, and every other note', async () => {
  const looks = [1, 1, 2, 2].map((accepted, at) => ({
    state: 'running',
    stages: [],
    stage: 'write',
    rows: { planned: 4, accepted, rejected: 0, failed: 0, open: 4 - accepted },
    pace: { rowsPerSecond: 1 + at, etaSeconds: 9 - at },
    cost: { usd: 0 },
  })) as unknown as JobView[];
  const fake = fakeTerminal('http://127.0.0.1:1');
  const client = { ...fake.client(), job: () => Promise.resolve(looks.shift()!) };
  const quiet = onlyChanges({ ...fake, client: () => client });
  for (let left = looks.length; left > 0; left -= 1) {
    const job = await quiet.client().job('j');
    quiet.note(`${job.state} ${progressLine(job)}`);
    quiet.note('another');
  }
  expect(fake.notes.filter((line) => line === 'another')).toHaveLength(4);
  expect(fake.notes.filter((line) => line !== 'another')).toEqual([
    expect.stringContaining('write: 1/4 rows'),
    expect.stringContaining('write: 2/4 rows'),
  ]);
});
