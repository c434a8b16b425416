import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { extendPath, TOOLS, type Tool, tool } from './tools';

/**
 * Before all tests: in CI every program that a test needs is installed, or the run fails; on a laptop the tests that
 * need a missing one are skipped, and this says so.
 */
export default function setup(): void {
  provide(TOOLS, 'npm run test:tools');
}

/** The same for the tools of another project. */
export function provide(tools: readonly Tool[], remedy: string): void {
  extendPath();
  if (!process.env.CI) {
    const missing = tools.filter((name) => !tool(name));
    if (missing.length > 0)
      console.warn(`\n*** tests will be SKIPPED for want of ${missing.join(', ')}: ${remedy} ***\n`);
    return;
  }
  // all of them, since one that is there may be of another version
  const { status } = spawnSync('bash', [join(__dirname, 'install.sh'), ...tools], { stdio: 'inherit' });
  const missing = tools.filter((name) => !tool(name));
  if (status !== 0 || missing.length > 0) {
    throw new Error(`cannot install ${missing.join(', ') || tools.join(', ')}: in CI no test may be skipped`);
  }
}
