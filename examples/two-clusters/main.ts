// Two clusters in two namespaces, of two lines; a shop in a third namespace is a client of the first.
import { App, Chart } from 'cdk8s';
import { EventStoreCluster, EventStoreNamespace, EventStoreRelease, EventStoreStorage } from 'cdk8s-eventstore';

const app = new App();

const orders = new Chart(app, 'orders', { namespace: 'orders' });
new EventStoreNamespace(orders, 'orders');
new EventStoreCluster(orders, 'es', {
  storage: EventStoreStorage.persistentVolume(),
  clientNamespaces: ['shop'],
});

const audit = new Chart(app, 'audit', { namespace: 'audit' });
new EventStoreNamespace(audit, 'audit');
new EventStoreCluster(audit, 'es', {
  nodes: 5,
  release: EventStoreRelease.of('24.10'),
  storage: EventStoreStorage.azureFileClass({ sku: 'Premium_ZRS' }),
});

app.synth();
