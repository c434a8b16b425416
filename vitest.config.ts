import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/tools/setup.ts'],
    pool: 'threads',
    testTimeout: 60_000,
    maxConcurrency: 10,
  },
});
