import type { Construct } from 'constructs';
import { EventStoreError } from '../errors';
import { requireSyntax } from '../eventstore/azure-names';
import { requireName } from '../kubernetes/names';
import { claimOnce } from '../kubernetes/registry';
import { addWarning } from '../warnings';
import { requireClusters, requireReadable } from './monitoring-rules';
import type { PrometheusMonitoringProps } from './prometheus-props';

/** What Grafana takes as a data source's uid. */
const UID = /^[-\w]{1,40}$/;

/** Fails for what cannot be or must not be. */
export function requireRules(monitoring: Construct, props: PrometheusMonitoringProps, namespace: string): void {
  requireSyntax('secret name', props.credentialsSecretName);
  requireClusters(props.clusters);
  for (const cluster of props.clusters) requireReadable(cluster, props, namespace);
  if (props.prometheusNamespace !== undefined) requireName('prometheus namespace', props.prometheusNamespace);
  requireUid(props.datasourceUid);
  requireLabels(props.labels);
  requireUnique(monitoring, `${namespace}/${props.name ?? monitoring.node.id}`);
}

function requireUid(uid: string | undefined): void {
  if (uid !== undefined && !UID.test(uid)) {
    throw new EventStoreError(
      'ES510',
      `datasourceUid must be 1 to 40 letters, digits, "-" or "_", got ${JSON.stringify(uid)}: take it from the address of the data source's page in Grafana`,
    );
  }
}

/** What Kubernetes takes as a label: a name, perhaps with a domain before it, and a value, which may be empty. */
const NAME = '[A-Za-z0-9]([-\\w.]{0,61}[A-Za-z0-9])?';
const KEY = new RegExp(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME}$`);
const VALUE = new RegExp(`^(${NAME})?$`);

function requireLabels(labels: { [key: string]: string } = {}): void {
  for (const [key, value] of Object.entries(labels)) {
    if (KEY.test(key) && VALUE.test(value)) continue;
    throw new EventStoreError(
      'ES511',
      `labels must be such as Kubernetes takes, got ${JSON.stringify(`${key}=${value}`)}: letters, digits, "-", "_" and ".", at most 63, e.g. release=kube-prometheus-stack`,
    );
  }
}

/** ES503: names that belong to one alone. */
function requireUnique(monitoring: Construct, name: string): void {
  const { path } = monitoring.node;
  const first = claimOnce(monitoring, `prometheus monitoring ${name}`, path);
  if (first !== path) {
    throw new EventStoreError(
      'ES503',
      `monitoring names must give every object a name of its own, got ${name} for ${first} and ${path}: their objects would replace each other, so give one of them another name`,
    );
  }
}

/** What is legal and dangerous. */
export function warnAbout(monitoring: Construct, props: PrometheusMonitoringProps): void {
  if (props.azureManaged) {
    addWarning(
      monitoring,
      'ES510W',
      'azureManaged: Azure takes no PrometheusRule, so nobody is warned of anything; make a rule group of the alerts in "rules"',
    );
  }
}
