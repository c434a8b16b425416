import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import * as k8s from './k8s';
import { requireName } from './names';
import { clusterScoped } from './objects';

/** Properties of `EventStoreNamespace`. */
export interface EventStoreNamespaceProps {
  /**
   * The name.
   *
   * @default - the construct's id
   */
  readonly name?: string;
}

/**
 * A namespace that enforces Pod Security `restricted`: every pod of this library passes it.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export class EventStoreNamespace extends Construct {
  /** The name. */
  public readonly name: string;
  /** The Namespace. */
  public readonly namespace: ApiObject;

  /** Throws ES102 and ES103 for a name that Kubernetes refuses. */
  constructor(scope: Construct, id: string, props: EventStoreNamespaceProps = {}) {
    super(scope, id);
    this.name = props.name ?? id;
    requireName('namespace', this.name);
    this.namespace = clusterScoped(
      this,
      'Resource',
      k8s.KubeNamespace.manifest({
        metadata: {
          name: this.name,
          labels: {
            'app.kubernetes.io/managed-by': 'cdk8s-eventstore',
            'pod-security.kubernetes.io/enforce': 'restricted',
          },
        },
      }),
    );
  }
}
