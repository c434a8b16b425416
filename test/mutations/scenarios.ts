import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import {
  EventStoreCluster,
  EventStoreNamespace,
  EventStoreSecurity,
  EventStoreStorage,
  FrontendExposure,
  NginxFrontend,
} from '../../lib';
import { generate, type Manifest, manifestsOf } from '../helpers';

const DIST = join(__dirname, '..', '..', 'dist');

/** The committed manifests. */
export function dist(): Manifest[] {
  return readdirSync(DIST)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(DIST, file), 'utf8')).map((document) => document.toJS()));
}

/** A secure cluster on disks behind a public door, by the library. */
function publicAndSecure(): Manifest[] {
  const app = new App();
  const chart = new Chart(app, 'eventstore', { namespace: 'orders' });
  new EventStoreNamespace(chart, 'orders');
  const target = new EventStoreCluster(chart, 'es', {
    security: EventStoreSecurity.secret({ certificateSecretName: 'es-tls', passwordSecretName: 'es-passwords' }),
    storage: EventStoreStorage.persistentVolume({ size: Size.gibibytes(256) }),
  });
  new NginxFrontend(chart, 'front', {
    target,
    exposure: FrontendExposure.PUBLIC,
    allowedIps: ['203.0.113.0/24'],
    tlsSecretName: 'door-tls',
  });
  return manifestsOf(app);
}

const KILLS = [{ at: 60 }, { at: 198, victim: 'leader' as const }];

/** What is mutated: real outputs of the generator and of the library, each with kinds of objects that others lack. */
export const SCENARIOS: Record<string, () => Manifest[]> = {
  dist: () => dist(),
  'podstorage-3': () => generate(),
  'disk-3': () => generate({ storage: 'disk' }),
  'azurefile-nfs': () =>
    generate({ storage: 'azurefile', protocol: 'nfs', storageAccount: 'esstore', resourceGroup: 'rg' }),
  'azurefile-dynamic-23.10': () => generate({ storage: 'azurefile-dynamic', serverVersion: '23.10' }),
  'exposure-internal': () => generate({ exposure: 'internal', allowedIps: ['10.0.0.0/8', '192.168.7.0/24'] }),
  'public-secure': publicAndSecure,
  benchmark: () => generate({ benchmark: { users: 100, duration: 300, generators: 2, kills: KILLS } }),
  'one-node': () => generate({ nodes: 1 }),
};
