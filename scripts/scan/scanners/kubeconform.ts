import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeCustomSchemas } from '../custom-schemas';
import type { Finding } from '../finding';
import { parseOutput, runProgram } from '../program';
import { allObjects, Copies, count, type Scanner } from '../scanner';

/** Every object against the schema of every Kubernetes that there is one for; unknown fields are findings. */
export const kubeconform: Scanner = {
  name: 'kubeconform',
  needs: ['kubeconform', 'schemas'],
  async scan(material, { folder, program, schemas }) {
    const objects = allObjects(material);
    const copies = new Copies(join(folder, 'objects'));
    for (const object of objects) copies.add(object);
    const custom = join(folder, 'custom');
    writeCustomSchemas(custom, objects, schemas);

    const findings = new Map<string, Finding>();
    const versions = versionsIn(program('schemas'));
    for (const version of versions) {
      const args = [
        '-strict',
        ...['-output', 'json', '-kubernetes-version', version.slice(1)],
        ...['-schema-location', join(program('schemas'), version, '{{.ResourceKind}}{{.KindSuffix}}.json')],
        ...['-schema-location', join(custom, '{{.Group}}', '{{.ResourceKind}}_{{.ResourceAPIVersion}}.json')],
        join(folder, 'objects'),
      ];
      const { resources } = parseOutput('kubeconform', await runProgram(program('kubeconform'), args));
      for (const { filename, status, msg } of resources as Resource[]) {
        const missing = msg.includes('could not find schema');
        const rule = missing ? 'no-schema' : status === 'statusInvalid' ? 'invalid' : 'error';
        const place = copies.placeOf(filename);
        // one finding for an object, with the oldest Kubernetes that refuses it
        const key = `${filename} ${rule}`;
        if (findings.has(key)) continue;
        const message = missing
          ? `Kubernetes ${version} has no such kind and apiVersion, nor is there a CustomResourceDefinition of it`
          : `Kubernetes ${version}: ${msg.replace(/^problem validating schema.*?#' - /s, '')}`;
        findings.set(key, { tool: 'kubeconform', rule, ...place, message });
      }
    }
    const range = `Kubernetes ${short(versions[0])} to ${short(versions.at(-1))}`;
    return { findings: [...findings.values()], looked: `${count(objects.length, 'object')}, ${range}` };
  },
};

/** What kubeconform says of a file that it does not accept. */
interface Resource {
  readonly filename: string;
  readonly status: 'statusInvalid' | 'statusError';
  readonly msg: string;
}

/** From the oldest to the newest. */
export function versionsIn(schemas: string): string[] {
  const minor = (version: string) => Number(version.split('.')[1]);
  const versions = readdirSync(schemas).filter((name) => /^v1\.\d+\.\d+$/.test(name));
  if (versions.length === 0) throw new Error(`${schemas} holds no schemas: npm run test:tools -- scanners`);
  return versions.sort((a, b) => minor(a) - minor(b));
}

function short(version = ''): string {
  return version.replace(/^v(\d+\.\d+).*/, '$1');
}
