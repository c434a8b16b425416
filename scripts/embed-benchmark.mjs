// Bundles the load test's k6 scripts, each into one file without remote imports, and writes them with run.sh into a
// TypeScript constant: the library reads no files. A test fails when that and the sources differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const FOLDER = new URL('../lib/benchmark/', import.meta.url);
export const TARGET = new URL('scripts.generated.ts', FOLDER);

/** One script for k6, as people can read it: dist/ is reviewed. */
function bundled(name) {
  const { outputFiles } = buildSync({
    entryPoints: [new URL(`scenario/${name}.ts`, FOLDER).pathname],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['k6', 'k6/*'],
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  const comments = /^\/\/ lib\/.*\n/gm; // esbuild names the source files
  return outputFiles[0].text.replace(comments, '');
}

export function generated() {
  const scripts = {
    'load.js': bundled('load'),
    'audit.js': bundled('audit'),
    'kills.js': bundled('kills'),
    'run.sh': readFileSync(new URL('run.sh', FOLDER), 'utf8'),
  };
  const constants = Object.entries(scripts).map(([name, text]) => {
    const lines = text.split('\n').map((line) => `    ${JSON.stringify(line)},`);
    return [`  ${JSON.stringify(name)}: [`, ...lines, "  ].join('\\n'),"].join('\n');
  });
  return [
    '// Generated from scenario/ and run.sh by "npm run embed": change those files, never this one.',
    '/** @internal */',
    'export const BENCHMARK_SCRIPTS = {',
    ...constants,
    '};',
    '',
  ].join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(TARGET, generated());
