// Bundles the server's double into one file, for tests and for the image that carries the server's name.
import { build } from 'esbuild';

await build({
  entryPoints: ['test/double/main.ts'],
  outfile: process.argv[2] ?? 'build/double/double.js',
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
});
