/**
 * Part of `npm run import`: puts what `cdk8s import` has written into lib/, since jsii compiles nothing outside it. A
 * test fails when they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const GROUPS = ['monitoring.coreos.com', 'azmonitoring.coreos.com'];

const ROOT = join(__dirname, '..');

export const COPIES = GROUPS.map((group) => ({
  from: join(ROOT, 'imports', `${group}.ts`),
  to: join(ROOT, 'lib/monitoring/crds', `${group}.generated.ts`),
}));

/** The copy's whole text. */
export function placed(source: string): string {
  return `// Copied from imports/ by "npm run import": change imports/schemas/, never this file.\n${source}`;
}

if (require.main === module) {
  for (const { from, to } of COPIES) writeFileSync(to, placed(readFileSync(from, 'utf8')));
}
