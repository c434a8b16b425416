import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs, tool } from '../tools/tools';
import { ROOT } from './material';

const root = mkdtempSync(join(tmpdir(), 'scan-command-'));
beforeAll(() => {
  mkdirSync(join(root, 'none'));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'good'));
  mkdirSync(join(root, 'bad', 'deep'), { recursive: true });
  writeFileSync(join(root, 'good', 'a.yaml'), script('echo hello'));
  writeFileSync(join(root, 'bad', 'deep', 'a.yaml'), script('cd $1; rm -r *'));
  for (const name of ['shellcheck', 'yamllint'] as const) {
    const path = tool(name);
    if (path) symlinkSync(path, join(root, 'bin', name));
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function script(text: string): string {
  return `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  run.sh: |\n    ${text}\n`;
}

/** `npm run scan` on a machine with shellcheck and yamllint alone, or with what is in `path`. */
function scan(args: string[], path = join(root, 'bin')) {
  const command = ['--require', 'tsx/cjs', join(ROOT, 'scripts', 'scan', 'main.ts'), ...args];
  const env = { PATH: path, XDG_CACHE_HOME: join(root, 'none'), TMPDIR: root };
  return spawnSync(process.execPath, command, { cwd: ROOT, env, encoding: 'utf8' });
}

describe('npm run scan', () => {
  it.each([
    ['no such folder', ['/no/such'], /^scan: DIR must be a path that exists, got "\/no\/such"\n$/],
    ['an empty name', [''], /^scan: DIR must be a path that exists, got ""\n$/],
    ['a folder without manifests', [join(root, 'none')], /^scan: DIR must hold Kubernetes manifests, got .*\n$/],
    ['no argument', [], /^scan: the arguments must be one DIR .*\n$/],
    [
      'an unknown flag',
      [join(root, 'good'), '--fix'],
      /^scan: the arguments must be one DIR .*: unknown argument: fix.*\n$/,
    ],
    [
      'exceptions that are not there',
      [join(root, 'good'), '--exceptions', 'x.yaml'],
      /^scan: exceptions must be .*\n$/,
    ],
  ])('says in one line what is wrong: %s', (_, args, message) => {
    const { status, stderr, stdout } = scan(args);
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([1, '']);
  });

  it('fails where there is no scanner at all: nothing was checked', () => {
    const { status, stderr } = scan([join(root, 'good')], join(root, 'none'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/NOT CHECKED by checkov, .*npm run test:tools -- scanners/);
    expect(stderr).toMatch(/^scan: nothing was checked/m);
  });

  describe.skipIf(needs('shellcheck', 'yamllint'))('with two scanners installed', () => {
    it('ends with 0 without a finding, and says loudly what is missing', () => {
      const { status, stdout, stderr } = scan([join(root, 'good')]);
      expect(stderr).toMatch(/NOT CHECKED by checkov, kubeconform, kube-score, pod-security, nginx, gixy: npm run/);
      expect(stdout).toContain('1 object in 1 file');
      expect(stdout).toMatch(/kubeconform +NOT CHECKED: kubeconform, schemas not found/);
      expect(stdout).toMatch(/shellcheck +0 left of 0 findings .* 1 script/);
      expect(status).toBe(0);
    });

    it('ends with 1 for a finding, and says where it is', () => {
      const { status, stdout } = scan([root]);
      expect(stdout).toMatch(/^shellcheck SC2086: ConfigMap\/a in bad\/deep\/a\.yaml: line 1: /m);
      expect(status).toBe(1);
    });

    it('takes exceptions of your own', () => {
      const exceptions = join(root, 'mine.yaml');
      const entry = (rule: string) => `- {tool: shellcheck, rule: ${rule}, object: ConfigMap/a, reason: meant}\n`;
      writeFileSync(exceptions, ['SC2086', 'SC2164', 'SC2035'].map(entry).join(''));
      expect(scan([join(root, 'bad'), '--exceptions', exceptions]).stdout).toContain(
        'scan: 0 findings, and 3 that are',
      );
    });
  });
});
