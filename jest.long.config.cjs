/** The long tier: one file at a time, because these tests start whole stacks and measure them. */
const short = require('./jest.config.cjs');

/** @type {import('jest').Config} */
module.exports = {
  ...short,
  testMatch: ['**/*.long.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 20 * 60_000,
  maxWorkers: 1,
};
