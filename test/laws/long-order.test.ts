interface JestResult {
  readonly success: boolean;
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numRuntimeErrorTestSuites?: number;
}
interface LongOrder {
  orderLongTests(input: { tests: readonly string[]; changed: readonly string[]; commit: string }): string[];
  typicalSeconds(source: string): number;
  addResults(results: readonly JestResult[]): JestResult;
}
const { addResults, orderLongTests, typicalSeconds } = require('../support/long-order.cjs') as LongOrder;

const tests = [
  'test/chaos/kill.long.test.ts',
  'test/e2e/entigraph.long.test.ts',
  'test/infra/models/embedded/server.long.test.ts',
];

test('what the last commit touched is tested first', () => {
  const changed = ['infra/models/embedded/server.ts', 'README.md'];
  expect(orderLongTests({ tests, changed, commit: '0' })[0]).toBe(tests[2]);
  expect(orderLongTests({ tests, changed: ['test/e2e/entigraph.long.test.ts'], commit: '0' })[0]).toBe(
    tests[1],
  );
});

test('every test comes first after some commit, and none is lost', () => {
  const orders = ['00000000', '00000001', '00000002'].map((commit) =>
    orderLongTests({ tests, changed: [], commit }),
  );
  expect(new Set(orders.map(([first]) => first))).toEqual(new Set(tests));
  for (const order of orders) expect([...order].sort()).toEqual(tests);
});

test('without git the order is the alphabet', () => {
  expect(orderLongTests({ tests, changed: [], commit: '' })).toEqual(tests);
  expect(orderLongTests({ tests: [], changed: [], commit: 'abc' })).toEqual([]);
});

test.each([
  ['// typical: 90 s\nimport x', 90],
  ['/** Kills processes.\n * typical: 3 min\n */', 180],
  ['const typical = 5;', 120],
])('the duration that %p declares is %p seconds', (source, seconds) => {
  expect(typicalSeconds(source)).toBe(seconds);
});

test('one failed file fails the whole; a suite that could not start counts as a failed test', () => {
  const total = addResults([
    { success: true, numPassedTests: 3, numFailedTests: 0 },
    { success: false, numFailedTests: 1 },
    { success: false, numFailedTests: 0, numRuntimeErrorTestSuites: 1 },
  ]);
  expect(total).toMatchObject({ success: false, numPassedTests: 3, numFailedTests: 2 });
});
