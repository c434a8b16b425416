import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Tests that want more than Node and the programs of `npm run test:tools` are projects of their own. */
const APART = ['cluster', 'mutations', 'scanners'];

/** Tests in a cluster that measure how long writes wait. */
const TIMED = ['test/cluster/faults.test.ts'];

function cluster(
  name: string,
  groupOrder: number,
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: ['test/cluster/**/*.test.ts'],
      globalSetup: ['test/cluster/setup.ts'],
      sequence: { groupOrder },
      testTimeout: 600_000,
      hookTimeout: 600_000,
      ...test,
    },
  };
}

export default defineConfig({
  test: {
    pool: 'threads',
    maxConcurrency: 10,
    // many tests wait for real programs, so two at a time, also on few processors
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: APART.map((folder) => `test/${folder}/**`),
          globalSetup: ['test/tools/setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'scanners',
          include: ['test/scanners/**/*.test.ts'],
          globalSetup: ['test/scanners/setup.ts'],
          testTimeout: 300_000,
        },
      },
      { extends: true, test: { name: 'mutations', include: ['test/mutations/**/*.test.ts'], testTimeout: 1_800_000 } },
      // what is timed comes last, and alone
      cluster('cluster', 0, { exclude: TIMED }),
      cluster('cluster-faults', 1, { include: TIMED, fileParallelism: false }),
    ],
  },
});
