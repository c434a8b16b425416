import type { EventStoreCluster } from '../eventstore/cluster';
import { memberIdentity, selectorLabels } from '../kubernetes/labels';
import {
  ServiceMonitorSpecEndpointsRelabelingsAction as Action,
  ServiceMonitorSpecEndpointsScheme as Scheme,
  type ServiceMonitorSpec,
  type ServiceMonitorSpecEndpoints,
} from './crds/monitoring.coreos.com.generated';
import type { PrometheusMonitoringProps } from './prometheus-props';

/** How a cluster's members are scraped: each by its pod's address, ready or not. */
export function serviceMonitorSpec(
  cluster: EventStoreCluster,
  namespace: string,
  props: PrometheusMonitoringProps,
): ServiceMonitorSpec {
  return {
    namespaceSelector: { matchNames: [cluster.namespace] },
    selector: { matchLabels: selectorLabels(memberIdentity(cluster.name)) },
    endpoints: [
      {
        port: 'http',
        path: '/metrics',
        // what the members' own maxima are made for; the usual default is twice as much
        interval: '15s',
        scrapeTimeout: '10s',
        ...(cluster.secure ? secured(cluster, namespace, props) : { scheme: Scheme.HTTP }),
        relabelings: [
          // a member is behind three Services; the headless one has it ready or not
          { action: Action.KEEP, sourceLabels: ['__meta_kubernetes_service_name'], regex: cluster.nodesService.name },
          { action: Action.REPLACE, targetLabel: 'eventstore_cluster', replacement: cluster.name },
        ],
      },
    ],
    // what Azure's collector demands of every ServiceMonitor
    ...(props.azureManaged && { labelLimit: 63, labelNameLengthLimit: 511, labelValueLengthLimit: 1023 }),
  };
}

function secured(
  cluster: EventStoreCluster,
  namespace: string,
  { credentialsSecretName: name }: PrometheusMonitoringProps,
): Partial<ServiceMonitorSpecEndpoints> {
  const authority = cluster.namespace === namespace ? cluster.caSecretName : name;
  return {
    scheme: Scheme.HTTPS,
    basicAuth: { username: { name, key: 'username' }, password: { name, key: 'password' } },
    tlsConfig: {
      ca: { secret: { name: authority, key: 'ca.crt' } },
      // scraped by address; the members share one certificate, so the name of one is on that of each
      serverName: cluster.nodes[0].advertised,
    },
  };
}
