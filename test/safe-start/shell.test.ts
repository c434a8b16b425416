import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs, tool } from '../tools/tools';

const FOLDER = join(__dirname, '..', '..', 'lib', 'eventstore');
const SCRIPT = join(FOLDER, 'start.sh');
const text = readFileSync(SCRIPT, 'utf8');

describe('start.sh', () => {
  it('is short enough to be read', () => {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(145);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(130);
  });

  it.skipIf(needs('shellcheck'))('has no finding of shellcheck', () => {
    const { stdout, status } = spawnSync(tool('shellcheck') ?? '', ['--shell', 'sh', SCRIPT], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('is embedded as it is', async () => {
    const { embedded } = (await import('../../scripts/embed.mjs' as string)) as {
      embedded: (script: string) => string;
    };
    expect(readFileSync(join(FOLDER, 'start-script.generated.ts'), 'utf8'), 'npm run embed').toBe(embedded(text));
  });
});
