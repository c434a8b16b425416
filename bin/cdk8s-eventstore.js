#!/usr/bin/env node
// Starts the bundled generator with V8's code cache, which halves the time to start. A cache that another version of
// Node made is refused by V8, and the bundle compiled as usual.
const { readFileSync } = require('node:fs');
const { createRequire, Module } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const bundle = join(__dirname, '..', 'build', 'cli', 'main.js');

function load() {
  let cachedData;
  try {
    cachedData = readFileSync(`${bundle}.cache`);
  } catch {
    // built without one
  }
  const script = new Script(Module.wrap(readFileSync(bundle, 'utf8')), { filename: bundle, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  return script;
}

if (require.main === module) load();

module.exports = { bundle, load };
