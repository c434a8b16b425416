// The least: three members on disks, nothing before them.
import { App, Chart } from 'cdk8s';
import { EventStoreCluster, EventStoreNamespace, EventStoreStorage } from 'cdk8s-eventstore';

const app = new App();
const chart = new Chart(app, 'eventstore', { namespace: 'eventstore' });
new EventStoreNamespace(chart, 'eventstore');
new EventStoreCluster(chart, 'es', { storage: EventStoreStorage.persistentVolume() });
app.synth();
