// Bundles the server's double into one file, for the image that carries the server's name.
//
//   npm run double:bundle [FILE]
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
require('tsx/cjs');
const { buildDouble } = require('../test/double/bundle.ts');

await buildDouble(process.argv[2] ?? 'build/double/double.js');
