// Azure file shares over NFS, and a front end with choices of its own: reads from the leader, an internal load balancer.
import { App, Chart, Duration, Size } from 'cdk8s';
import {
  AzureFileProtocol,
  EventStoreCluster,
  EventStoreProjections,
  EventStoreRelease,
  EventStoreStorage,
  FrontendExposure,
  FrontendReads,
  NginxFrontend,
  warningsOf,
} from 'cdk8s-eventstore';

const app = new App();
const chart = new Chart(app, 'orders', { namespace: 'orders' });

const cluster = new EventStoreCluster(chart, 'orders', {
  release: EventStoreRelease.of('26.0'),
  storage: EventStoreStorage.azureFile({
    protocol: AzureFileProtocol.NFS,
    resourceGroup: 'orders',
    storageAccount: 'ordersstore',
    sharePrefix: 'orders-',
    size: Size.gibibytes(512),
  }),
  settings: { runProjections: EventStoreProjections.SYSTEM, startStandardProjections: true },
  resources: { memoryRequest: Size.gibibytes(4), memoryLimit: Size.gibibytes(4) },
});

new NginxFrontend(chart, 'front', {
  target: cluster,
  replicas: 3,
  exposure: FrontendExposure.INTERNAL,
  allowedIps: ['10.0.0.0/8'],
  reads: FrontendReads.LEADER,
  readTimeout: Duration.seconds(5),
});

for (const { code, message } of warningsOf(app)) console.error(code, message);
app.synth();
