import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, type Located, type Manifest, objectsOf } from './manifests';

/**
 * Schemas of custom resources for kubeconform, as `GROUP/kind_version.json`: from CustomResourceDefinitions among the
 * objects themselves and in these folders.
 */
export function writeCustomSchemas(folder: string, objects: readonly Located[], folders: readonly string[]): void {
  const given = folders.filter((path) => existsSync(path)).flatMap((path) => definitionsIn(path));
  for (const { kind, spec } of [...given, ...objects.map(({ manifest }) => manifest)] as Manifest[]) {
    if (kind !== 'CustomResourceDefinition') continue;
    for (const { name, schema } of spec?.versions ?? []) {
      if (!schema?.openAPIV3Schema) continue;
      mkdirSync(join(folder, spec.group), { recursive: true });
      const file = `${spec.names.kind.toLowerCase()}_${name}.json`;
      writeFileSync(join(folder, spec.group, file), JSON.stringify(strict(schema.openAPIV3Schema, true)));
    }
  }
}

function definitionsIn(path: string): Manifest[] {
  return filesIn(path)
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .flatMap((file) => {
      const read = objectsOf(readFileSync(file, 'utf8'), file);
      if (!Array.isArray(read)) throw new Error(`${file} cannot be read: ${read.message}`);
      return read.map(({ manifest }) => manifest);
    });
}

/** The same schema, but with no room for fields that it does not name: the API server would drop them in silence. */
function strict(schema: Manifest, isObject = false): Manifest {
  if (schema['x-kubernetes-int-or-string']) return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  const { properties, items, additionalProperties, nullable, type, ...rest } = schema;
  // allOf, anyOf, oneOf and not stay as they are: they name only the fields that they speak of
  const copy: Manifest = { ...rest };
  if (type !== undefined) copy.type = nullable ? [type, 'null'] : type;
  if (items) copy.items = strict(items);
  if (properties) {
    copy.properties = Object.fromEntries(
      Object.entries<Manifest>(properties).map(([name, property]) => [name, strict(property)]),
    );
    // every object has these, whether its schema says so or not; metadata is for the API server to check
    if (isObject) Object.assign(copy.properties, { apiVersion: {}, kind: {}, metadata: { type: 'object' } });
  }
  if (typeof additionalProperties === 'object') copy.additionalProperties = strict(additionalProperties);
  else if (properties && !schema['x-kubernetes-preserve-unknown-fields']) copy.additionalProperties = false;
  return copy;
}
