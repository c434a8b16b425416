import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import * as k8s from '../kubernetes/k8s';
import { tcp } from '../kubernetes/network';
import { clusterScoped } from '../kubernetes/objects';
import type { Part } from './parts';

/** Where pods find their token, and the programs look for it. */
const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
export const TOKEN_FILE = `${TOKEN_FOLDER}/token`;

/** The name of what is not in a namespace. */
export function clusterScopedName(part: Part): string {
  return `${part.namespace}-${part.name}`;
}

/** Rights of a collector's ServiceAccount. */
export function clusterRights(scope: Construct, part: Part, rules: k8s.PolicyRule[]): ApiObject {
  const metadata = part.metadata(clusterScopedName(part));
  const role = clusterScoped(scope, 'ClusterRole', k8s.KubeClusterRole.manifest({ metadata, rules }));
  clusterScoped(
    scope,
    'ClusterRoleBinding',
    k8s.KubeClusterRoleBinding.manifest({
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.name },
      subjects: [{ kind: 'ServiceAccount', name: part.name, namespace: part.namespace }],
    }),
  );
  return role;
}

/**
 * The token that Kubernetes would mount by itself, but only here: pods of this library have none.
 * @param seconds after which it is exchanged
 */
export function tokenVolume(seconds: number): k8s.Volume {
  return {
    name: 'token',
    projected: {
      // the group's: the programs are not root
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: seconds } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      ],
    },
  };
}

export const TOKEN_MOUNT: k8s.VolumeMount = { name: 'token', mountPath: TOKEN_FOLDER, readOnly: true };

/** To the kubelets and the API server: on the machines and perhaps outside, so only their ports are known. */
export function toKubernetes(): k8s.NetworkPolicyEgressRule {
  return { ports: tcp(10250, 443, 6443) };
}
