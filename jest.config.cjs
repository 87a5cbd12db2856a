/** The short tier: `npm test`. Tests that take longer are named *.long.test.ts and run by jest.long.config.cjs. */

const toCommonJs = (parser) => [
  '@swc/jest',
  {
    jsc: { parser, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.long\\.test\\.ts$'],
  transform: {
    '^.+\\.ts$': toCommonJs({ syntax: 'typescript' }),
    // Packages that are ES modules only: Jest loads them as CommonJS, Node as they are.
    '/node_modules/hyparquet(-writer)?/.+\\.js$': toCommonJs({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: ['/node_modules/(?!hyparquet(-writer)?/)'],
  globalSetup: '<rootDir>/test/support/build-once.cjs',
  testTimeout: 60_000,
  maxWorkers: 2,
};
