// Writes start.sh into a TypeScript constant: the library reads no files. A test fails when the two differ.
import { readFileSync, writeFileSync } from 'node:fs';

export const SOURCE = new URL('../lib/eventstore/start.sh', import.meta.url);
export const TARGET = new URL('../lib/eventstore/start-script.generated.ts', import.meta.url);

export function embedded(script) {
  const lines = script.split('\n').map((line) => `  ${JSON.stringify(line)},`);
  return [
    '// Generated from start.sh by "npm run embed": change that file, never this one.',
    '/** @internal */',
    'export const START_SCRIPT = [',
    ...lines,
    "].join('\\n');",
    '',
  ].join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(TARGET, embedded(readFileSync(SOURCE, 'utf8')));
}
