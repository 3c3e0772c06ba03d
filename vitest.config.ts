import { defineConfig } from 'vitest/config';

const report = process.env['VITEST_JSON'];
/** Tests against real programs beside Node, which `npm run test:services` runs and `npm test` leaves out. */
const SERVICES = Boolean(process.env['SERVICES']);

export default defineConfig({
  test: {
    include: SERVICES ? ['test/services/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: SERVICES ? ['**/node_modules/**'] : ['test/services/**', '**/node_modules/**'],
    testTimeout: SERVICES ? 300_000 : 60_000,
    hookTimeout: 60_000,
    // Most of the time goes to programs that the tests start; more workers only starve them.
    maxWorkers: 2,
    fileParallelism: !SERVICES,
    reporters: report ? ['default', 'json'] : ['default'],
    ...(report && { outputFile: { json: report } }),
  },
});
