/**
 * Finds the Temporal CLI before the first test that needs it, because on a fresh machine it may have to be built, which
 * takes minutes: longer than any test may take. A machine without it is no error here: the tests concerned say so.
 */
const fs = require('node:fs');
const path = require('node:path');

const LIB = path.resolve(__dirname, '../../lib');

module.exports = async function findTemporalOnce() {
  const finder = path.join(LIB, 'infra/temporal/find-temporal.js');
  if (!fs.existsSync(finder)) return;
  try {
    const { findTemporal } = require(finder);
    const { loadConfig } = require(path.join(LIB, 'infra/config.js'));
    await findTemporal(loadConfig(), { say: (line) => console.log(line) });
  } catch (error) {
    console.warn(`The tests that need Temporal will fail: ${error.message}`);
  }
};
