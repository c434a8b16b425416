import { App, Chart, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../../charts/build-app';
import type { GeneratorOptions } from '../../charts/options';
import {
  AzureFileProtocol,
  EventStoreCluster,
  EventStoreNamespace,
  EventStoreProjections,
  EventStoreRelease,
  EventStoreSecurity,
  EventStoreStorage,
  FrontendExposure,
  MonitoringStack,
  NginxFrontend,
} from '../../lib';
import { DEFAULTS, yamlOf } from '../helpers';

const STORAGES = ['podstorage', 'azurefile', 'azurefile-dynamic', 'disk'] as const;
const SIZES = [1, 3, 5] as const;
const LINES = ['23.10', '24.10', '25.1', '26.0', '26.1'];

describe('the generator writes what a reviewer has read', () => {
  const scenarios: Record<string, Partial<GeneratorOptions>> = {
    ...Object.fromEntries(
      STORAGES.flatMap((storage) => SIZES.map((nodes) => [`${storage}-${nodes}`, { storage, nodes }] as const)),
    ),
    ...Object.fromEntries(LINES.map((serverVersion) => [`line-${serverVersion}`, { serverVersion }])),
    'azurefile-nfs': { storage: 'azurefile', protocol: 'nfs', storageAccount: 'esstore', resourceGroup: 'eventstore' },
    'exposure-internal': { exposure: 'internal', allowedIps: ['10.0.0.0/8', '192.168.7.0/24'] },
    'no-frontend': { frontend: false },
  };

  it.each(Object.entries(scenarios))('%s', async (name, options) => {
    await expect(yamlOf(buildApp({ ...DEFAULTS, ...options }))).toMatchFileSnapshot(`${name}.yaml`);
  });
});

describe('the monitoring is what a reviewer has read', () => {
  const scenarios: Record<string, Partial<GeneratorOptions>> = {
    monitoring: {},
    'monitoring-exposed': {
      retention: 36 * 60,
      monitoringStorageClass: 'managed-csi',
      grafanaExposure: 'internal',
      grafanaSecret: 'grafana-admin',
      grafanaTlsSecret: 'grafana-tls',
      nodesProxy: true,
    },
    'monitoring-heapster': { collector: 'heapster' },
  };

  it.each(Object.entries(scenarios))('%s', async (name, options) => {
    // with the least that there is to look at
    const app = buildApp({ ...DEFAULTS, nodes: 1, frontend: false, monitoring: 'influxdb', ...options });
    await expect(yamlOf(app)).toMatchFileSnapshot(`${name}.yaml`);
  });
});

describe('the library makes what a reviewer has read', () => {
  it('a secure cluster behind a public front end', async () => {
    const app = new App();
    const chart = new Chart(app, 'eventstore', { namespace: 'orders' });
    const cluster = new EventStoreCluster(chart, 'es', {
      security: EventStoreSecurity.secret({ certificateSecretName: 'es-tls', passwordSecretName: 'es-passwords' }),
      storage: EventStoreStorage.persistentVolume({ size: Size.gibibytes(256) }),
    });
    new NginxFrontend(chart, 'front', {
      target: cluster,
      exposure: FrontendExposure.PUBLIC,
      allowedIps: ['203.0.113.0/24'],
      tlsSecretName: 'door-tls',
    });
    await expect(yamlOf(app)).toMatchFileSnapshot('exposure-public-secure.yaml');
  });

  it('two clusters in two namespaces of one app', async () => {
    const app = new App();
    for (const namespace of ['orders', 'billing']) {
      const chart = new Chart(app, namespace, { namespace });
      new EventStoreNamespace(chart, namespace);
      new EventStoreCluster(chart, 'es', {
        release: EventStoreRelease.of(namespace === 'orders' ? '26.0' : '24.10.8'),
        storage: EventStoreStorage.azureFile({
          protocol: AzureFileProtocol.SMB,
          sharePrefix: `${namespace}-`,
          storageAccount: 'esstore',
          resourceGroup: 'eventstore',
        }),
      });
    }
    await expect(yamlOf(app)).toMatchFileSnapshot('two-clusters.yaml');
  });

  it('monitoring of two clusters elsewhere, one of them secure', async () => {
    const app = new App();
    const clusters = ['orders', 'billing'].map(
      (namespace) =>
        new EventStoreCluster(new Chart(app, namespace, { namespace }), 'es', {
          release: EventStoreRelease.of(namespace === 'orders' ? '26.0' : '24.10'),
          security:
            namespace === 'orders' ? EventStoreSecurity.secret({ certificateSecretName: 'es-tls' }) : undefined,
        }),
    );
    const chart = new Chart(app, 'watch', { namespace: 'watch' });
    new MonitoringStack(chart, 'monitoring', { clusters, credentialsSecretName: 'metrics-user' });
    await expect(yamlOf(app)).toMatchFileSnapshot('monitoring-elsewhere.yaml');
  });

  it('a cluster with every kind of setting', async () => {
    const app = new App();
    new EventStoreCluster(new Chart(app, 'eventstore', { namespace: 'eventstore' }), 'es', {
      settings: { runProjections: EventStoreProjections.ALL, chunksCacheSize: Size.mebibytes(128) },
      extraSettings: { MaxAutoMergeIndexLevel: '4', AutoScavenge__Enabled: 'true' },
      licenseSecretName: 'kurrent-licence',
      clientNamespaces: ['shop'],
    });
    await expect(yamlOf(app)).toMatchFileSnapshot('settings.yaml');
  });
});
