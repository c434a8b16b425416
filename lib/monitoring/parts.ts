import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import * as k8s from '../kubernetes/k8s';
import { clientLabel, type Identity, objectLabels, selectorLabels } from '../kubernetes/labels';
import { serviceHost } from '../kubernetes/names';
import { namespaced } from '../kubernetes/objects';

/** The database of 2017. */
export const DATABASE = 'k8s';
/** InfluxDB's port, and its Service's. */
export const INFLUXDB_PORT = 8086;

/** One program of a monitoring stack, and what its objects are called: `monitoring-grafana`. */
export class Part {
  public readonly name: string;
  public readonly identity: Identity;
  public readonly selector: { [key: string]: string };

  constructor(
    public readonly stack: string,
    public readonly namespace: string,
    component: string,
  ) {
    this.name = `${stack}-${component}`;
    this.identity = { name: 'eventstore-monitoring', instance: stack, component };
    this.selector = selectorLabels(this.identity);
  }

  public get labels(): { [key: string]: string } {
    return objectLabels(this.identity, this.stack);
  }

  public get host(): string {
    return serviceHost(this.name, this.namespace);
  }

  public metadata(name = this.name): k8s.ObjectMeta {
    return { name, labels: this.labels };
  }
}

/** The label that lets a pod write to a stack's InfluxDB: load generators carry it. */
export function writerLabels(stack: string): { [key: string]: string } {
  return clientLabel(stack);
}

/** The URL under which a stack's other parts, and its writers, find InfluxDB. */
export function influxdbUrl(stack: string, namespace: string): string {
  return `http://${new Part(stack, namespace, 'influxdb').host}:${INFLUXDB_PORT}`;
}

/** A ServiceAccount without a token in its pods. */
export function serviceAccount(scope: Construct, part: Part): ApiObject {
  return namespaced(
    scope,
    'ServiceAccount',
    k8s.KubeServiceAccount.manifest({ metadata: part.metadata(), automountServiceAccountToken: false }),
  );
}

/** Who may reach a part, and whom it may reach: nobody that is not named. */
export function networkPolicy(
  scope: Construct,
  part: Part,
  rules: Pick<k8s.NetworkPolicySpec, 'ingress' | 'egress'>,
): ApiObject {
  return namespaced(
    scope,
    'NetworkPolicy',
    k8s.KubeNetworkPolicy.manifest({
      metadata: part.metadata(),
      spec: { podSelector: { matchLabels: part.selector }, policyTypes: ['Ingress', 'Egress'], ...rules },
    }),
  );
}

/** A Deployment of one pod. */
export function deployment(
  scope: Construct,
  part: Part,
  template: k8s.PodTemplateSpec,
  strategy?: 'Recreate',
): ApiObject {
  return namespaced(
    scope,
    'Resource',
    k8s.KubeDeployment.manifest({
      metadata: part.metadata(),
      spec: {
        replicas: 1,
        strategy: strategy && { type: strategy },
        selector: { matchLabels: part.selector },
        template,
      },
    }),
  );
}

/** Half a minute instead of five until a pod leaves a dead machine: a monitor is needed just then. */
export const QUICK_MOVE: k8s.Toleration[] = ['not-ready', 'unreachable'].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 30,
}));
