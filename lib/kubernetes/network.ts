import * as k8s from './k8s';

/** Ports of a NetworkPolicy. */
export function tcp(...ports: number[]): k8s.NetworkPolicyPort[] {
  return ports.map((port) => ({ protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) }));
}

/** To wherever the DNS is: pods in kube-system, or a cache on the machine itself. */
export function toDns(): k8s.NetworkPolicyEgressRule {
  return { ports: [{ protocol: 'UDP', port: k8s.IntOrString.fromNumber(53) }, ...tcp(53)] };
}

/** Pods with these labels in one namespace. */
export function podsIn(namespace: string, matchLabels: { [key: string]: string }): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels },
  };
}

/** What the annotations of Azure's load balancers begin with; on other clouds they mean nothing. */
export const AZURE_BALANCER = 'service.beta.kubernetes.io/azure-load-balancer';
