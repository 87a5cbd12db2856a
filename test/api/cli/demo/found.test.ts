/** If these fail, the demo's last words are not what its report claims: a loss may read like a gain. */
import { armLines, foundLine, imitationLines } from '../../../../api/cli/demo/found';

it('repeats the report’s verdict, whatever it is', () => {
  const verdict = 'Error targeting harmed: −3.1 points (95 % CI −5.0 to −1.2, p = 0.004).';
  expect(foundLine({ verdict })).toBe(`What this demo found: ${verdict}`);
});

it('shows the scores of the arms, and no more than fits on a line', () => {
  const table = {
    type: 'table',
    columns: ['arm', 'round', 'accuracy, %', '95 % CI over rows', 'cost'],
    rows: [['gold-only', 0, '88.5', '86.0 to 91.0', '$0.00']],
  } as const;
  const lines = armLines({ sections: [{ title: 'Arms on the test rows', blocks: [table] }] });
  expect(lines).toEqual([
    'Arms on the test rows:',
    '  arm | accuracy, % | 95 % CI over rows',
    '  gold-only | 88.5 | 86.0 to 91.0',
  ]);
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
