import { Chart, Testing } from 'cdk8s';
import {
  EventStoreCluster,
  type EventStoreClusterProps,
  EventStoreSecurity,
  MonitoringStack,
  type MonitoringStackProps,
  warningsOf,
} from '../../lib';
import { type Manifest, manifestsOf } from '../helpers';

/** A secure cluster's security, from Secrets. */
export const SECURE = EventStoreSecurity.secret({ certificateSecretName: 'es-tls' });

/** An app to which clusters and stacks are added. */
export class Stacks {
  public readonly app = Testing.app();
  private charts = 0;

  cluster(props: EventStoreClusterProps = {}, namespace = 'eventstore', name = 'es'): EventStoreCluster {
    return new EventStoreCluster(this.chart(namespace), name, props);
  }

  monitor(props: Partial<MonitoringStackProps> = {}, namespace = 'eventstore', name = 'monitoring'): Monitored {
    const chart = this.chart(namespace);
    const stack = new MonitoringStack(chart, name, { clusters: [], ...props });
    return { stack, manifests: chart.toJson(), warnings: warningsOf(chart).map(({ code }) => code) };
  }

  get manifests(): Manifest[] {
    return manifestsOf(this.app);
  }

  private chart(namespace: string): Chart {
    this.charts += 1;
    return new Chart(this.app, `chart-${this.charts}`, { namespace });
  }
}

export interface Monitored {
  readonly stack: MonitoringStack;
  readonly manifests: Manifest[];
  readonly warnings: string[];
}

/** A stack that looks at a cluster `es` in its namespace. */
export function monitor(props: Partial<MonitoringStackProps> = {}, cluster: EventStoreClusterProps = {}): Monitored {
  const stacks = new Stacks();
  return stacks.monitor({ clusters: [stacks.cluster(cluster)], ...props });
}

/** The ConfigMap whose name starts like this. */
export function configMap(manifests: Manifest[], prefix: string): Manifest {
  const found = manifests.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith(prefix));
  if (found.length !== 1) throw new Error(`expected one ConfigMap ${prefix}…, found ${found.length}`);
  return found[0];
}

/** telegraf.conf of a stack. */
export function telegrafConf({ manifests }: Monitored): string {
  return configMap(manifests, 'monitoring-telegraf-').data['telegraf.conf'];
}
