/** If these fail, the demo's last words are not what its report claims: a loss may read like a gain. */
import { armLines, foundLine, imitationLines } from '../../../../api/cli/demo/found';

const harmed = 'Error targeting harmed for this dataset: −3.1 points (95 % CI −5.0 to −1.2, p = 0.004).';
const claims = (texts: readonly string[]) => ({
  sections: [{ title: 'What was shown', blocks: texts.map((text) => ({ type: 'text', text }) as const) }],
});

it('repeats the report’s claims, whatever they are', () => {
  expect(foundLine(claims([harmed, 'It is not shown that the data helped.']))).toBe(
    `What this demo found: ${harmed} It is not shown that the data helped.`,
  );
  expect(foundLine({ sections: [] })).toMatch(/nothing was compared/);
});

it('shows the scores of the arms', () => {
  const table = { type: 'table', columns: ['arm', 'accuracy, %'], rows: [['gold-only', '88.5']] } as const;
  const lines = armLines({ sections: [{ title: 'Arms on the test rows', blocks: [table] }] });
  expect(lines).toEqual(['Arms on the test rows:', '  arm | accuracy, %', '  gold-only | 88.5']);
  expect(armLines({ sections: [] })).toEqual([]);
});

it('puts an imitation beside its error, and leaves gold out', () => {
  const records = [
    { origin: 'gold', text: 'a gold row', label: 'ham' },
    { origin: 'seed', text: 'a seed row', label: 'ham' },
    { origin: 'extrapolated', text: 'new', label: 'spam', parentId: 'g1' },
  ];
  expect(imitationLines(records, [{ id: 'g1', text: 'old' }], 2)).toEqual([
    'Imitation (spam):',
    '  new',
    'of the error:',
    '  old',
    'Seed row (ham):',
    '  a seed row',
  ]);
});
