// node schemas.mjs FROM TO: makes Kubernetes' schemas self-contained, as kubeconform wants them. FROM is the folder of
// kubernetes-validate, where they refer to one large file for each version; TO gets v1.27.0/service-v1.json and so on.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OLDEST = 27;
const REFERENCE = '#/$defs/';

const [from, to] = process.argv.slice(2);
for (const folder of readdirSync(from)) {
  const [, version, minor] = /^(v1\.(\d+)\.\d+)-local-strict$/.exec(folder) ?? [];
  if (Number(minor) >= OLDEST) convert(join(from, folder), join(to, version));
}

function convert(source, target) {
  mkdirSync(target, { recursive: true });
  const definitions = plain(read(join(source, '_definitions.json')).$defs);
  for (const name of readdirSync(source)) {
    const schema = read(join(source, name));
    if (!schema['x-kubernetes-group-version-kind'] || !schema.properties?.kind) continue;
    const { $id, ...kind } = plain(schema);
    writeFileSync(join(target, name), JSON.stringify({ ...kind, $defs: reachable(kind, definitions) }));
  }
}

function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Without descriptions, which are nine tenths of it, and with references into the file itself. */
function plain(value, key) {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value === null || typeof value !== 'object') {
    return key === '$ref' ? value.replace(/^.*#\/\$defs\//, REFERENCE) : value;
  }
  // a field may have the name "description", too: that one is an object
  const kept = Object.entries(value).filter(([name, item]) => name !== 'description' || typeof item === 'object');
  return Object.fromEntries(kept.map(([name, item]) => [name, plain(item, name)]));
}

/** The definitions that a schema refers to, and those that these refer to. */
function reachable(schema, definitions, found = {}) {
  for (const [, name] of JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)) {
    if (found[name]) continue;
    if (!definitions[name]) throw new Error(`no definition of ${name}`);
    found[name] = definitions[name];
    reachable(definitions[name], definitions, found);
  }
  return found;
}
