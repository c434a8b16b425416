// Bundles the generator into one file and runs it once, so that V8's code cache holds what a run needs.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const { bundle, load } = require('../bin/cdk8s-eventstore.js');

// cdk8s-plus' module of all Kubernetes objects as an ES module, so that esbuild leaves out the nine in ten that are not used
const kubernetesObjects = {
  name: 'kubernetes-objects',
  setup({ onLoad }) {
    onLoad({ filter: /cdk8s-plus-27[/\\]lib[/\\]imports[/\\]k8s\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(
          /^(var _a, .*|Object\.defineProperty\(exports.*|exports\.toJson_\w+ = exports\..*|_\w+ = JSII_RTTI.*)$/gm,
          '',
        )
        .replace(/^\w+\[_\w+\] = \{.*\};$/gm, '')
        .replace('const cdk8s_1 = require("cdk8s");', "import { ApiObject } from 'cdk8s';")
        .replace(/ extends cdk8s_1\.ApiObject/g, ' extends ApiObject')
        .replace(/^(\w+)\.GVK = \{$/gm, 'const $1_GVK = {')
        .replace(/\b(\w+)\.GVK\b/g, '$1_GVK')
        .replace(/\(exports\.(\w+) = \1 = \{\}\)/g, '($1 = {})')
        .replace(/^exports\.(\w+) = \1;$/gm, 'export { $1 };'),
    }));
  },
};

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
  plugins: [kubernetesObjects],
  // and it measures text with tables of emoji, which take a quarter of a run's time to set up
  alias: {
    'string-width': './scripts/plain-width.mjs',
    // cdk8s brings its own copy: one is enough
    yaml: require.resolve('cdk8s/node_modules/yaml'),
  },
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
