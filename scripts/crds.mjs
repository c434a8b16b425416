// Puts what "cdk8s import" has written into lib/: jsii compiles nothing outside it. A test fails when they differ.
import { readFileSync, writeFileSync } from 'node:fs';

const GROUPS = ['monitoring.coreos.com', 'azmonitoring.coreos.com'];

export const COPIES = GROUPS.map((group) => ({
  from: new URL(`../imports/${group}.ts`, import.meta.url),
  to: new URL(`../lib/monitoring/crds/${group}.generated.ts`, import.meta.url),
}));

export function placed(source) {
  return `// Copied from imports/ by "npm run import": change imports/schemas/, never this file.\n${source}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const { from, to } of COPIES) writeFileSync(to, placed(readFileSync(from, 'utf8')));
}
