/** Which long tests run, and in which order, when there is not time for all of them. Pure: no files, no clock. */

const TYPICAL_SECONDS_DEFAULT = 120;

/** What a long test says of itself in a comment: `// typical: 90 s`. */
function typicalSeconds(source) {
  const declared = /^\s*(?:\/\/|\*|\/\*\*)\s*typical:\s*(\d+)\s*(s|min)\b/m.exec(source);
  if (!declared) return TYPICAL_SECONDS_DEFAULT;
  return Number(declared[1]) * (declared[2] === 'min' ? 60 : 1);
}

/** `test/infra/models/x.long.test.ts` proves `infra/models`; it is touched when anything below that changed. */
function isTouched(test, changed) {
  const folder = test.split('/').slice(0, -1).join('/');
  const subject = folder.replace(/^test\//, '');
  return changed.some((file) => file.startsWith(`${folder}/`) || file.startsWith(`${subject}/`));
}

/** What the last commit touched first; the rest starts elsewhere with every commit, so that all get their turn. */
function orderLongTests({ tests, changed, commit }) {
  const sorted = [...tests].sort();
  const first = sorted.filter((test) => isTouched(test, changed));
  const rest = sorted.filter((test) => !first.includes(test));
  const start = rest.length === 0 ? 0 : (parseInt(commit.slice(0, 8), 16) || 0) % rest.length;
  return [...first, ...rest.slice(start), ...rest.slice(0, start)];
}

/** One jest result out of many; a suite that could not even start counts as a failed test. */
function addResults(results) {
  const sum = (count) => results.reduce((total, result) => total + (count(result) ?? 0), 0);
  return {
    success: results.every((result) => result.success),
    numTotalTests: sum((result) => result.numTotalTests),
    numPassedTests: sum((result) => result.numPassedTests),
    numFailedTests: sum((result) => (result.numFailedTests ?? 0) + (result.numRuntimeErrorTestSuites ?? 0)),
    testResults: results.flatMap((result) => result.testResults ?? []),
  };
}

module.exports = { addResults, orderLongTests, typicalSeconds, TYPICAL_SECONDS_DEFAULT };
