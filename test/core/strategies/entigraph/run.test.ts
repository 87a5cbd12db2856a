import type { Reply } from '../../../../core/calls';
import { entigraph } from '../../../../core/strategies/entigraph';
import { ENTIGRAPH_EXAMPLES } from '../../../../core/strategies/entigraph/examples';
import { entigraphPresets } from '../../../../core/strategies/entigraph/params';
import { promptTokensMax } from '../../../../core/strategies/entigraph/check';
import type {
  DocumentEntities,
  EntigraphRecord,
  RelateData,
  Window,
} from '../../../../core/strategies/entigraph/records';
import { estimateTokens } from '../../../../core/text/tokens';
import { runInMemory } from '../../../support/run-strategy';
import type { MemoryResult, RunOptions } from '../../../support/run-strategy';
import { documentWith, params, story } from './support';

const LONG = { timeout: 60_000 };
const documents = (...counts: readonly number[]): Record<string, unknown[]> => ({
  documents: counts.map((count) => documentWith(count, `parish${count}`)),
});

function run(options: RunOptions): Promise<MemoryResult> {
  return runInMemory(entigraph, { story, ...options });
}
function recordsOf({ records }: MemoryResult): EntigraphRecord[] {
  return records as unknown as EntigraphRecord[];
}
function unitsOf({ stages }: MemoryResult): RelateData[] {
  const units = stages['entigraph']!.rows.map(({ row }) => row.data as unknown as RelateData);
  return units.sort((a, b) => a.order - b.order);
}
function reasonsOf({ stages }: MemoryResult, stage: string): Set<string | undefined> {
  return new Set(stages[stage]!.rows.map(({ reason }) => reason));
}

test('the example runs from documents to a corpus, the same every time', async () => {
  const example = ENTIGRAPH_EXAMPLES[0] as unknown as {
    params: Record<string, unknown>;
    inputs: Record<string, unknown[]>;
  };
  const first = await run(example);
  const again = await run(example);
  expect(again.records).toEqual(first.records);
  const spent = first.stages['entigraph']!.calls.length;
  expect(spent).toBeLessThanOrEqual(40);
  expect(first.stages['assemble']!.facts).toMatchObject({ documents: 2, surplus: 0 });
  expect(first.stages['assemble']!.facts['coverage']).toBeGreaterThan(0.5);
  expect(first.sections.map(({ title }) => title)).toEqual([
    'Entities',
    'Outcomes and losses by document',
    'Corpus',
    'Distance from the source',
    'Samples',
  ]);
  const [record] = recordsOf(first);
  expect(record).toMatchObject({
    arm: 'entigraph',
    sample: 0,
    surplus: false,
    generator: 'scripted/generator',
  });
  expect(recordsOf(first).every(({ callKeys }) => callKeys.length > 0)).toBe(true);
});

test(
  'documents of 5, 12 and 40 entities weigh alike in every prefix, and no tuple comes twice',
  async () => {
    const result = await run({
      params: { target: { calls: 800 }, includeSummaries: false, rowTokensMin: 20 },
      inputs: documents(5, 12, 40),
    });
    const entities = result.stages['canonicalise']!.collections.get(
      'entities',
    ) as unknown as DocumentEntities[];
    const totals = new Map(
      entities.map(({ docHash, entities: { length: n } }) => [
        docHash,
        (n * (n - 1)) / 2 + (n * (n - 1) * (n - 2)) / 6,
      ]),
    );
    expect([...totals.values()].sort((a, b) => a - b)).toEqual([20, 286, 10_660]);
    const units = unitsOf(result);
    const taken = new Map([...totals.keys()].map((docHash) => [docHash, 0]));
    let balanced = true;
    for (const { docHash } of units) {
      taken.set(docHash, taken.get(docHash)! + 1);
      const most = Math.max(...taken.values());
      balanced &&= [...taken].every(
        ([document, count]) => count === totals.get(document) || count >= most - 1,
      );
    }
    expect(balanced).toBe(true);
    expect(units.map(({ order }) => order)).toEqual(units.map((_, order) => order));
    const tuples = units.map(({ docHash, entityIds }) => `${docHash} ${[...entityIds].sort().join(' ')}`);
    expect(new Set(tuples).size).toBe(units.length);
  },
  LONG.timeout,
);

test(
  'a document of 60,000 tokens is related window by window, and the prompts fit',
  async () => {
    const base = documentWith(40, 'coast').text;
    const text = Array.from(
      { length: 80 },
      (_, i) => `${base.replaceAll('ledger', `ledger ${i}`).slice(0, 3_000)}\n\n`,
    )
      .join('')
      .slice(0, 240_000);
    const settings = params({ target: { calls: 300 }, rowTokensMin: 20, entitiesMax: 30 });
    const result = await run({
      params: settings,
      inputs: { documents: [{ id: 'coast', title: 'Coast', text }] },
    });
    const windows = result.stages['ingest']!.collections.get('windows') as unknown as Window[];
    expect(windows.length).toBeGreaterThanOrEqual(8);
    const [item] = result.stages['canonicalise']!.collections.get('entities') as unknown as [
      DocumentEntities,
    ];
    for (const unit of unitsOf(result)) {
      for (const id of unit.entityIds) {
        const mentioned = item.entities.find((entity) => entity.id === id)!.windows.map(([window]) => window);
        expect(mentioned.some((window) => unit.windows.includes(window))).toBe(true);
      }
    }
    const need = promptTokensMax(settings, 60_000);
    for (const { request } of [...result.stages['extract']!.calls, ...result.stages['entigraph']!.calls]) {
      if (request.kind !== 'chat') throw new Error('expected chat calls');
      const prompt = request.messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
      expect(prompt + request.tokensMax).toBeLessThanOrEqual(need);
    }
  },
  LONG.timeout,
);

test('a larger target repeats no call and begins with the smaller corpus', async () => {
  const inputs = documents(12, 20);
  const small = await run({ params: { target: { tokens: 6_000 } }, inputs });
  const large = await run({ params: { target: { tokens: 12_000 } }, inputs });
  const texts = (result: MemoryResult): string[] =>
    recordsOf(result)
      .filter(({ surplus }) => !surplus)
      .map(({ text }) => text);
  expect(texts(large).slice(0, texts(small).length)).toEqual(texts(small));
  const tokens = recordsOf(small)
    .filter(({ surplus }) => !surplus)
    .map((record) => record.tokens);
  const sum = tokens.reduce((total, count) => total + count, 0);
  expect(sum).toBeGreaterThanOrEqual(6_000);
  expect(sum - tokens.at(-1)!).toBeLessThan(6_000);
  const sent = new Set(large.stages['entigraph']!.calls.map((entry) => JSON.stringify(entry)));
  expect(small.stages['entigraph']!.calls.every((entry) => sent.has(JSON.stringify(entry)))).toBe(true);
});

test('when all tuples are used the job ends and says so', async () => {
  const result = await run({ params: { target: { tokens: 1e9 } }, inputs: documents(4) });
  expect(unitsOf(result).filter(({ kind }) => kind !== 'summary')).toHaveLength(6 + 4);
  expect(result.stages['assemble']!.facts['exhausted']).toBe(true);
});

test('the demo preset shows every fault and keeps what is good', async () => {
  const settings = { ...entigraphPresets['demo'], target: { calls: 400 } };
  const result = await run({ params: settings, inputs: documents(30) });
  expect(result.stages['entigraph']!.plans[0]).toBeGreaterThan(0);
  expect(recordsOf(result).length).toBeGreaterThan(50);
  expect(result.stages['entigraph']!.calls.length).toBeGreaterThan(
    unitsOf(result).filter(({ kind }) => kind !== 'summary').length,
  );
});

test('the plain question may be worded anew, and records say so', async () => {
  const settings = { ...entigraphPresets['demo'], target: { calls: 20 } };
  const own = 'In this document, how do {things} bear on one another?';
  const given = { params: settings, inputs: documents(12) };
  const [asked, reworded] = [await run(given), await run({ ...given, prompts: { 'relate-plain': own } })];
  const { request } = reworded.stages['entigraph']!.calls[0]!;
  expect(request.kind === 'chat' && request.messages[1]!.content).toMatch(
    /\n\nIn this document, how do \w+ and \w+ bear on one another\?$/u,
  );
  expect(recordsOf(reworded).length).toBeGreaterThan(5);
  expect(recordsOf(reworded)[0]!.promptVersion).not.toBe(recordsOf(asked)[0]!.promptVersion);
});

test('a text that repeats an earlier one is dropped, also over tranches', async () => {
  const answer = (request: unknown): string | undefined => {
    const names = /Things:\n([\s\S]*)$/u
      .exec(JSON.parse(JSON.stringify(request)).messages[1].content)?.[1]
      ?.split('\n')
      .map((line) => line.slice(2));
    if (names === undefined) return undefined;
    const body =
      'kept a long ledger for nearly forty years beside an estuary where barges lay moored in all weathers while gulls ' +
      'circled over salt and smoke and the bells of two churches counted slow hours until a late ferry came back from ' +
      'across a grey bay with news letters and a tired crew that wanted nothing more than bread lamplight and rest';
    const parts = names.map((name) => `### Ledger of parish9: ${name}\n\n${name} stands here.`);
    return [...parts, `### Ledger of parish9\n\nThe clerks ${body}.`].join('\n\n');
  };
  const result = await run({
    params: { target: { tokens: 4_000 }, tupleSizes: [2], nearDuplicateMin: 0.5 },
    inputs: documents(9),
    answer,
  });
  expect(reasonsOf(result, 'select-entigraph')).toContain('duplicate-near');
  const rows = result.stages['select-entigraph']!.rows.filter(
    ({ row }) => (row.data as { record: { kind: string } }).record.kind === 'pair',
  );
  expect(rows.filter(({ plan }) => plan > 0).length).toBeGreaterThan(0);
  expect(rows.filter(({ plan, state }) => plan > 0 && state === 'accepted')).toEqual([]);
});

test('a useless extraction gets a corrective retry and three new draws, then a reason', async () => {
  const given: [Partial<Reply> | string, string][] = [
    ['nothing', 'unparsable'],
    ['{"summary": "s", "entities": []}', 'entities-empty'],
    ['I’m sorry, but I cannot help with that.', 'refusal'],
    [{ text: 'half', finish: 'length' }, 'truncated'],
    [{ finish: 'content-filter' }, 'content-filtered'],
  ];
  for (const [reply, expected] of given) {
    const result = await run({ params: {}, inputs: documents(6), answer: () => reply });
    expect(reasonsOf(result, 'extract')).toEqual(new Set([expected]));
    const draws = result.stages['extract']!.calls.map(({ draw }) => draw);
    expect(new Set(draws).size).toBe(draws.length);
    expect(draws).toHaveLength(expected === 'entities-empty' ? 4 : 5);
    expect(result.records).toEqual([]);
  }
});

test('further passes only add', async () => {
  const result = await run({ params: { entityPasses: 3, target: { calls: 20 } }, inputs: documents(6) });
  const contents = result.stages['extract']!.calls.map(({ request }) =>
    request.kind === 'chat' ? request.messages[1]!.content : '',
  );
  expect(contents.filter((content) => content.includes('Already listed'))).toHaveLength(2);
});

test('names from the text need no call', async () => {
  const result = await run({ params: { entitySource: 'text', target: { calls: 20 } }, inputs: documents(6) });
  expect(result.stages['extract']!.calls).toEqual([]);
  expect(result.records.length).toBeGreaterThan(5);
});

test('bad lines block until a person drops them; equal texts are one document', async () => {
  const good = documentWith(6, 'parish6');
  const inputs = {
    documents: [good, { ...good, id: 'again' }, { text: 'short' }, { ...documentWith(7, 'parish6') }],
  };
  const ingest = async (choices: Record<string, string>): Promise<MemoryResult['stages'][string]> => {
    const result = await run({
      params: {},
      inputs,
      choices,
      story: async (memory) => void (await memory.stage('ingest')),
    });
    return result.stages['ingest']!;
  };
  expect((await ingest({})).block).toMatchObject({
    code: 'documents-invalid',
    choices: ['drop-lines'],
    samples: { length: 2 },
  });
  const dropped = await ingest({ 'documents-invalid': 'drop-lines' });
  expect(dropped.block).toBeUndefined();
  expect(dropped.facts).toMatchObject({ documents: 1, windows: 1, duplicates: 1, dropped: 2 });
  expect(dropped.collections.get('documents')).toMatchObject([{ docIds: ['parish6', 'again'] }]);
  const none = await run({
    params: {},
    inputs: { documents: [] },
    story: async (memory) => void (await memory.stage('ingest')),
  });
  expect(none.stages['ingest']!.block).toMatchObject({ code: 'no-documents' });
});

test('a server that takes no answer format costs free calls, not the extraction', async () => {
  const options = { params: { target: { calls: 20 }, entityPasses: 2 }, inputs: documents(6) };
  const refusing: RunOptions['answer'] = (request) =>
    request.kind === 'chat' && request.format !== undefined
      ? { text: 'status 400: response_format is not supported', finish: 'format-refused' }
      : undefined;
  const [plain, refused] = [
    await run({ ...options, models: { generator: { capabilities: ['chat'] } } }),
    await run({ ...options, answer: refusing }),
  ];
  expect(refused.stages['extract']!.rows.map(({ state }) => state)).toEqual(['accepted']);
  expect(recordsOf(refused).map(({ text }) => text)).toEqual(recordsOf(plain).map(({ text }) => text));
  const formats = refused.stages['extract']!.calls.map(
    ({ request }) => (request.kind === 'chat' && request.format?.type) || 'plain',
  );
  expect(formats).toEqual(['json-schema', 'json', 'plain', 'plain']); // two passes, and the way down once
});
