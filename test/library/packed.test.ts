import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(__dirname, '..', '..');
const EXAMPLES = readdirSync(join(ROOT, 'examples'));

/** A project of somebody else's: the packed library, its peers, and the examples. */
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'es-packed-'));
  execFileSync('npm', ['pack', '--pack-destination', project], { cwd: ROOT, stdio: 'pipe' });
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'cdk8s-eventstore'), { recursive: true });
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('tar', [
    '-xzf',
    join(project, tarball),
    '--strip-components=1',
    '-C',
    join(modules, 'cdk8s-eventstore'),
  ]);
  for (const peer of ['cdk8s', 'cdk8s-plus-27', 'constructs'])
    symlinkSync(join(ROOT, 'node_modules', peer), join(modules, peer));
  mkdirSync(join(modules, '@types'));
  symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  cpSync(join(ROOT, 'examples'), join(project, 'examples'), { recursive: true });
}, 180_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the packed library', () => {
  it('holds the compiled library and the built generator, and nothing else of the repository', () => {
    const packed = readdirSync(join(project, 'node_modules', 'cdk8s-eventstore'));
    expect(packed.sort()).toEqual(
      ['.jsii', 'API.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'build', 'package.json'].sort(),
    );
    expect(readdirSync(join(project, 'node_modules', 'cdk8s-eventstore', 'build')).sort()).toEqual(['cli', 'lib']);
  });

  it('type-checks in an app of somebody else', () => {
    const options = {
      module: 'node20',
      target: 'ES2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['examples'] }));
    const { stdout, status } = spawnSync('node', [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 120_000);

  it.each(EXAMPLES)('makes the example %s as a reviewer has read it', async (example) => {
    const cwd = join(project, 'examples', example);
    execFileSync('node', ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), 'main.ts'], {
      cwd,
      stdio: 'pipe',
    });
    const files = readdirSync(join(cwd, 'dist'));
    const all = files.map((file) => readFileSync(join(cwd, 'dist', file), 'utf8')).join('---\n');
    await expect(all).toMatchFileSnapshot(`../golden/example-${example}.yaml`);
  });

  it('brings the generator as a command', () => {
    const command = join(project, 'node_modules', 'cdk8s-eventstore', 'bin', 'cdk8s-eventstore.js');
    const run = (...args: string[]) => spawnSync('node', [command, ...args], { cwd: project, encoding: 'utf8' });
    expect(run('--storage', 'azurefile', '--stdout', '--quiet').stdout).toBe(
      readdirSync(join(ROOT, 'dist'))
        .map((file) => `---\n${readFileSync(join(ROOT, 'dist', file), 'utf8')}`)
        .join(''),
    );
    expect(run('--nodes', '4')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ES101 [^\n]+\n$/) });
  });
});
