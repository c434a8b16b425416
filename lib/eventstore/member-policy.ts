import type * as k8s from '../kubernetes/k8s';
import { podsIn, tcp, toDns } from '../kubernetes/network';
import { HTTP_PORT, REPLICATION_PORT } from './node';

/** Who the members' NetworkPolicy is about. */
export interface MemberPolicyInput {
  readonly members: Record<string, string>;
  readonly clients: Record<string, string>;
  /** namespaces of clients, beside the cluster's own */
  readonly namespaces: string[];
  /** whether members ask the vendor about their licence or tell it of their use */
  readonly outside: boolean;
}

/** Members speak to members and the DNS; clients are pods with the cluster's client label. */
export function memberPolicy(input: MemberPolicyInput): k8s.NetworkPolicySpec {
  const members: k8s.NetworkPolicyPeer = { podSelector: { matchLabels: input.members } };
  const clients: k8s.NetworkPolicyPeer[] = [
    { podSelector: { matchLabels: input.clients } },
    ...input.namespaces.map((namespace) => podsIn(namespace, input.clients)),
  ];
  return {
    podSelector: { matchLabels: input.members },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [members], ports: tcp(HTTP_PORT, REPLICATION_PORT) },
      { from: clients, ports: tcp(HTTP_PORT) },
    ],
    egress: [
      { to: [members], ports: tcp(HTTP_PORT, REPLICATION_PORT) },
      toDns(),
      ...(input.outside ? [{ ports: tcp(443) }] : []),
    ],
  };
}
