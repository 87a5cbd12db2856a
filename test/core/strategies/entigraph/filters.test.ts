import type { Reply } from '../../../../core/calls';
import { checkRelation } from '../../../../core/strategies/entigraph/filters';
import { ENTIGRAPH_EXAMPLES } from '../../../../core/strategies/entigraph/examples';
import { ENTIGRAPH_PROMPTS, relateInstructions } from '../../../../core/strategies/entigraph/prompts';
import { params } from './support';

const [example] = ENTIGRAPH_EXAMPLES;
const SOURCE = (example!['inputs'] as unknown as { documents: { text: string }[] }).documents[0]!.text;
const TITLE = 'The Keepers of Skerry Point';
const HANNAH = `To Hannah Lisle the tower was both home and duty. For more than three decades she looked after its light, and her notes
on wind and sky outlived her. When a ship came to grief she did not wait for help, but rowed out with a relative and saved the crew.`;
const THOMAS = `For Thomas Arden the place began with grief, since the sea had taken his brother. He answered by designing a tower, and
two decades on he brought a better lens from abroad, so that the light he had planned could reach further than before.`;
const BOTH = `Builder and keeper hardly met, yet each needed the other. Without the engineer there was no lamp to tend, and without
someone to tend it his work would have been dark stone. The rescue and the new lens are two halves of a single promise.`;
const GOOD = `### ${TITLE}: Hannah Lisle\n\n${HANNAH}\n\n### ${TITLE}: Thomas Arden\n\n${THOMAS}\n\n### ${TITLE}: both\n\n${BOTH}`;
const GERMAN =
  'Der Turm war für die Frau nicht nur das Haus, in dem sie mit ihrem Neffen wohnte, sondern auch die Pflicht, die sie auf sich nahm. ' +
  'Als das Schiff in der Nacht auf das Riff lief, ist sie mit dem Boot zu den Männern gefahren und hat sie an das Land gebracht.';
const PLAIN = `${HANNAH} ${THOMAS} ${BOTH}`;

interface Case {
  readonly text: string;
  readonly finish?: Reply['finish'];
  readonly refused?: boolean;
  readonly params?: Record<string, unknown>;
}

function verdict({
  text,
  finish = 'stop',
  refused = false,
  params: given = {},
}: Case): ReturnType<typeof checkRelation> {
  const settings = params(given);
  const things = [
    { name: 'Hannah Lisle', aliases: ['Lisle'] },
    { name: 'Thomas Arden', aliases: [] },
  ];
  const instructions = relateInstructions({
    params: settings,
    prompts: ENTIGRAPH_PROMPTS,
    things: things.map(({ name }) => name),
  });
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
  return checkRelation({
    reply: { text, finish, refused, usage },
    params: settings,
    instructions: Object.values(instructions),
    title: TITLE,
    things,
    windows: [{ docHash: 'abc', window: 0, text: SOURCE, tokens: 1 }],
    key: 'row',
  });
}
function reason(given: Case): string | undefined {
  const result = verdict(given);
  return 'reason' in result ? result.reason : undefined;
}

const LOOP = 'Thomas Arden built the tower here. '.repeat(30);
const LEAK =
  'Using only the document, write one account of it from the angle of each thing, in the given order.';

test.each<[string, Case]>([
  ['content-filtered', { text: GOOD, finish: 'content-filter' }],
  ['truncated', { text: GOOD, finish: 'length' }],
  ['refusal', { text: 'I’m sorry, but I cannot help with that.' }],
  ['refusal', { text: GOOD, refused: true }],
  ['empty', { text: '  \n ' }],
  ['sections-missing', { text: GOOD.slice(0, GOOD.indexOf(`### ${TITLE}: both`)) }],
  ['sections-missing', { text: 'OK' }],
  ['entity-unmentioned', { text: GOOD.replaceAll('Thomas Arden', 'The engineer') }],
  ['length', { text: GOOD, params: { rowTokensMin: 1_000 } }],
  ['wrong-language', { text: GOOD.replace(BOTH, GERMAN) }],
  ['degenerate-repetition', { text: GOOD.replace(THOMAS, LOOP) }],
  ['prompt-leak', { text: GOOD.replace(BOTH, `${BOTH} ${LEAK}`) }],
  ['prompt-leak', { text: GOOD.replace(BOTH, `${BOTH}\n\ndoc-0123456789ab>>>`) }],
  ['prompt-leak', { text: GOOD.replace(BOTH, `${BOTH} This is the document doc-0123456789ab.`) }],
  [
    'prompt-leak',
    {
      text: `Explain in one paragraph how Hannah Lisle and Thomas Arden are connected in this document. ${PLAIN}`,
      params: { relationFormat: 'plain' },
    },
  ],
  ['source-copy', { text: `### A\n\n${SOURCE}\n\n### B\n\nThomas Arden\n\n### ${TITLE}\n\nBoth of them.` }],
  ['personal-data', { text: GOOD.replace(BOTH, `${BOTH} Write to hannah@skerry.example.org about it.`) }],
])('%s', (expected, given) => {
  expect(reason(given)).toBe(expected);
});

test('good answers pass, in both formats', () => {
  expect(verdict({ text: GOOD })).toMatchObject({ text: GOOD, titleAdded: false });
  expect(reason({ text: GOOD.replaceAll(/^### (.*)$/gmu, '**$1**') })).toBeUndefined();
  expect(reason({ text: PLAIN, params: { relationFormat: 'plain' } })).toBeUndefined();
});

test('a lead-in is cut and a missing title is added to the first heading', () => {
  const result = verdict({ text: `Here you are:\n\n# Answer\n\n${GOOD.replaceAll(`${TITLE}: `, '')}` });
  expect(result).toMatchObject({ titleAdded: true });
  expect('text' in result && result.text.startsWith(`### Hannah Lisle (${TITLE})\n`)).toBe(true);
});

test('headings can be rotated or left out', () => {
  const rotated = verdict({ text: GOOD, params: { headings: 'rotate' } });
  expect('text' in rotated && rotated.text.match(/^### .*Skerry Point.*$/gmu)).toHaveLength(3);
  const bare = verdict({ text: GOOD, params: { headings: 'strip' } });
  expect('text' in bare && bare.text).toBe([HANNAH, THOMAS, BOTH].join('\n\n'));
});

test('plain prose that was cut off ends with its last whole sentence', () => {
  const cut = verdict({
    text: `${PLAIN} And then she`,
    finish: 'length',
    params: { relationFormat: 'plain' },
  });
  expect(cut).toMatchObject({ text: PLAIN });
  expect(reason({ text: 'and then she', finish: 'length', params: { relationFormat: 'plain' } })).toBe(
    'truncated',
  );
});

test('only faults of the draw are worth another one', () => {
  expect(verdict({ text: '' })).toMatchObject({ redraw: true });
  expect(verdict({ text: GOOD, params: { copyShareMax: 0.5, rowTokensMin: 1_000 } })).toMatchObject({
    reason: 'length',
    redraw: true,
  });
  expect(verdict({ text: GOOD.replace(BOTH, `${BOTH} Call +44 20 7946 0958 now.`) })).toMatchObject({
    redraw: false,
  });
});
