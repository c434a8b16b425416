// Bundles the generator into one file and runs it once, so that V8's code cache holds what a run needs.
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const { bundle, load } = createRequire(import.meta.url)('../bin/cdk8s-eventstore.js');

await build({
  entryPoints: ['main.ts'],
  outfile: bundle,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  // yargs asks for its own address, to find translations that are not used
  banner: { js: "const here = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'here' },
  // and it measures text with tables of emoji, which take a quarter of a run's time to set up
  alias: { 'string-width': './scripts/plain-width.mjs' },
});

rmSync(`${bundle}.cache`, { force: true });
const { argv } = process;
const write = process.stdout.write;
process.argv = [argv[0], bundle, '--storage', 'azurefile', '--stdout', '--quiet'];
process.stdout.write = () => true;
const script = load();
process.stdout.write = write;
process.argv = argv;
writeFileSync(`${bundle}.cache`, script.createCachedData());
