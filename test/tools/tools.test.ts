import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, needs, tool } from './tools';

describe.skipIf(needs('shellcheck'))('the tools of the tests', () => {
  it('come first on the PATH of every test', () => {
    expect(process.env.PATH?.split(':')[0]).toBe(BIN);
  });

  it('are installed by a script without a word from shellcheck', () => {
    const checked = spawnSync(tool('shellcheck')!, [join(__dirname, 'install.sh')], { encoding: 'utf8' });
    expect(checked.stdout).toBe('');
  });

  it('are left alone by a second installation', () => {
    const again = spawnSync('bash', [join(__dirname, 'install.sh'), 'shellcheck'], { encoding: 'utf8' });
    expect(again.status).toBe(0);
    expect(again.stderr).toContain('shellcheck is there');
  });
});
