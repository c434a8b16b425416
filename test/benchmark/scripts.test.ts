import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BENCHMARK_SCRIPTS } from '../../lib/benchmark/scripts.generated';
import { needs, tool } from '../tools/tools';

const FOLDER = join(__dirname, '..', '..', 'lib', 'benchmark');

describe('the scripts', () => {
  it('are embedded as their sources make them', async () => {
    const { generated } = (await import('../../scripts/embed-benchmark.mjs' as string)) as { generated: () => string };
    expect(readFileSync(join(FOLDER, 'scripts.generated.ts'), 'utf8'), 'npm run embed').toBe(generated());
  });

  it('are one file each, with nothing to fetch', () => {
    for (const [name, text] of Object.entries(BENCHMARK_SCRIPTS)) {
      const imports = [...text.matchAll(/^import .* from "(.+)";$/gm)].map(([, from]) => from);
      expect(
        imports.filter((from) => !/^k6(\/(execution|http|metrics|encoding|experimental\/fs))?$/.test(from)),
        name,
      ).toEqual([]);
      expect(text, name).not.toMatch(/jslib|https:\/\/(?!kubernetes)/);
    }
  });

  it('are far from a ConfigMap’s limit of 1 MiB', () => {
    expect(Object.values(BENCHMARK_SCRIPTS).join('').length).toBeLessThan(100_000);
  });

  it.skipIf(needs('shellcheck'))('run.sh has no finding of shellcheck', () => {
    const script = join(FOLDER, 'run.sh');
    const { stdout, status } = spawnSync(tool('shellcheck') ?? '', ['--shell', 'sh', script], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
