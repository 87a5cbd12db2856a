/** `Tests: N passed, N failed` from jest's JSON results. A tier without a result counts as one failed test. */
const fs = require('node:fs');
const { addResults } = require('../test/support/long-order.cjs');

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return { success: false, numPassedTests: 0, numFailedTests: 1 };
  }
}

const { numPassedTests, numFailedTests } = addResults(process.argv.slice(2).map(read));
console.log(`Tests: ${numPassedTests} passed, ${numFailedTests} failed`);
