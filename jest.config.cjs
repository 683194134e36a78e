/** The one Jest set-up: every project's tests run on it, with `--rootDir` set to the project by tools/nx-plugin. */
module.exports = {
  testEnvironment: 'node',
  // A busy machine is no failure: no test waits in real time, so this ends only what would hang.
  testTimeout: 60_000,
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/cdk\\.out/', '\\.(e2e|full)\\.test\\.ts$'],
  modulePathIgnorePatterns: ['/dist/', '/cdk\\.out/', '/\\.nx/'],
  // Workspace packages are resolved to their real path, outside node_modules, and so are compiled like any source.
  transform: {
    '\\.(ts|mjs)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, sourceMaps: 'inline' },
    ],
  },
  moduleFileExtensions: ['ts', 'mjs', 'js', 'cjs', 'json', 'node'],
};
