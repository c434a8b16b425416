/** The labels that say what a pod is. A selector holds these three and nothing that ever changes. */
export interface Identity {
  readonly name: string;
  readonly instance: string;
  readonly component: string;
}

type Labels = Record<string, string>;

/** What the members of a cluster are. */
export function memberIdentity(cluster: string): Identity {
  return { name: 'eventstore', instance: cluster, component: 'node' };
}

/** Labels for a selector. */
export function selectorLabels(identity: Identity): Labels {
  return {
    'app.kubernetes.io/name': identity.name,
    'app.kubernetes.io/instance': identity.instance,
    'app.kubernetes.io/component': identity.component,
  };
}

/** Labels for the metadata of an object. */
export function objectLabels(identity: Identity, partOf: string): Labels {
  return {
    ...selectorLabels(identity),
    'app.kubernetes.io/part-of': partOf,
    'app.kubernetes.io/managed-by': 'cdk8s-eventstore',
  };
}

/**
 * The label that makes a pod a client of a cluster: the cluster's NetworkPolicy lets it in.
 * Front ends, monitors and load generators of this library carry it too.
 */
export function clientLabel(cluster: string): Labels {
  return { [`${cluster}-client`]: 'true' };
}
