import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { FrontendExposure } from '../frontend/frontend-props';
import { contentHash } from '../kubernetes/hash';
import * as k8s from '../kubernetes/k8s';
import { AZURE_BALANCER, tcp, toDns } from '../kubernetes/network';
import { namespaced } from '../kubernetes/objects';
import type { Dashboard } from './dashboards';
import { GRAFANA_PORT, grafanaPod } from './grafana-pod';
import { provisioning } from './grafana-provisioning';
import { deployment, INFLUXDB_PORT, networkPolicy, type Part, serviceAccount } from './parts';

/** What Grafana is made from. */
export interface GrafanaProps {
  readonly part: Part;
  readonly influxdb: { [key: string]: string };
  readonly dashboards: Dashboard[];
  readonly exposure: FrontendExposure;
  readonly secretName?: string;
  readonly tlsSecretName?: string;
  readonly image?: string;
}

/** Grafana, which shows the figures. All it knows comes from ConfigMaps; nothing is kept in it. */
export class Grafana extends Construct {
  public readonly deployment: ApiObject;
  public readonly service: ApiObject;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GrafanaProps,
  ) {
    super(scope, id);
    const { part } = props;
    serviceAccount(this, part);
    const config = this.makeProvisioning();
    const dashboards = props.dashboards.map((dashboard) => this.makeDashboard(dashboard));
    networkPolicy(this, part, {
      // with a load balancer also from outside
      ingress: [{ from: this.balanced ? undefined : [{ namespaceSelector: {} }], ports: tcp(GRAFANA_PORT) }],
      egress: [{ to: [{ podSelector: { matchLabels: props.influxdb } }], ports: tcp(INFLUXDB_PORT) }, toDns()],
    });
    const template = grafanaPod({
      ...props,
      config: config.name,
      dashboards: dashboards.map(({ name }) => name),
      home: props.dashboards[0]?.name,
      anonymous: !this.balanced,
    });
    // two would be strangers to each other: each has its own list of sessions
    this.deployment = deployment(this, part, template, 'Recreate');
    this.service = this.makeService();
  }

  private get balanced(): boolean {
    return this.props.exposure !== FrontendExposure.CLUSTER;
  }

  private makeProvisioning(): ApiObject {
    const { part } = this.props;
    const data = provisioning(part.stack, part.namespace);
    const metadata = part.metadata(`${part.name}-${contentHash(data)}`);
    return namespaced(this, 'Config', k8s.KubeConfigMap.manifest({ metadata, data }));
  }

  /** Without a hash in its name: Grafana looks for changes itself, and a restart would log everybody out. */
  private makeDashboard({ name, json }: Dashboard): ApiObject {
    const { part } = this.props;
    const metadata = part.metadata(`${part.stack}-dashboard-${name}`);
    return namespaced(
      this,
      `Dashboard-${name}`,
      k8s.KubeConfigMap.manifest({ metadata, data: { [`${name}.json`]: json } }),
    );
  }

  private makeService(): ApiObject {
    const { part, tlsSecretName, exposure } = this.props;
    const internal = exposure === FrontendExposure.INTERNAL;
    return namespaced(
      this,
      'Service',
      k8s.KubeService.manifest({
        metadata: {
          ...part.metadata(),
          annotations: internal ? { [`${AZURE_BALANCER}-internal`]: 'true' } : undefined,
        },
        spec: {
          type: this.balanced ? 'LoadBalancer' : undefined,
          selector: part.selector,
          ports: [
            tlsSecretName
              ? { name: 'https', port: 443, targetPort: k8s.IntOrString.fromString('http') }
              : { name: 'http', port: 80, targetPort: k8s.IntOrString.fromString('http') },
          ],
        },
      }),
    );
  }
}
