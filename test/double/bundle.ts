import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The double as one file. A test makes one of its own, so that it never runs an old one. */
export async function buildDouble(
  outfile = join(mkdtempSync(join(tmpdir(), 'double-')), 'double.js'),
): Promise<string> {
  await build({
    entryPoints: [join(__dirname, 'main.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return outfile;
}
