import { defineConfig } from 'vitest/config';

const report = process.env['VITEST_JSON'];

/** Tests against real programs beside Node, which `npm run test:services` runs and `npm test` leaves out. */
export default defineConfig({
  test: {
    include: ['test/services/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // Each file starts servers of its own; several at once would only slow each other down.
    fileParallelism: false,
    reporters: report ? ['default', 'json'] : ['default'],
    ...(report && { outputFile: { json: report } }),
  },
});
