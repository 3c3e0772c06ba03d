import { defineConfig } from 'vitest/config';

const report = process.env['VITEST_JSON'];
/** Tests that need more than Node: a browser. */
const SERVICES = Boolean(process.env['SERVICES']);

export default defineConfig({
  test: {
    include: SERVICES ? ['test/services/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: SERVICES ? [] : ['test/services/**', 'node_modules/**'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Most of the time goes to programs that the tests start; more workers only starve them.
    maxWorkers: 2,
    reporters: report ? ['default', 'json'] : ['default'],
    ...(report && { outputFile: { json: report } }),
  },
});
