import { isIPv4 } from 'node:net';
import type { Manifest } from '../helpers';
import { type Labels, matches, type World } from './world';

/** One end of a connection: a pod, or an address outside Kubernetes. */
export type End = { readonly namespace: string; readonly labels: Labels } | { readonly ip: string };

export interface Connection {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

export type Direction = 'Ingress' | 'Egress';

/** Whether Kubernetes lets the connection through: the egress of the one end and the ingress of the other allow it. */
export function allowed(world: World, connection: Connection): boolean {
  return allowedBy(world, connection, 'Egress') && allowedBy(world, connection, 'Ingress');
}

/** Whether the policies of one of the two ends allow it. */
export function allowedBy(world: World, { from, to, port, protocol = 'TCP' }: Connection, side: Direction): boolean {
  const [own, peer] = side === 'Egress' ? [from, to] : [to, from];
  const policies = policiesOf(world, own, side);
  if (policies.length === 0) return true;
  return policies.some((policy) => rules(policy, side).some((rule) => fits(policy, rule, peer, port, protocol)));
}

/** The policies that speak of a pod in this direction. */
export function policiesOf(world: World, end: End, direction: Direction): Manifest[] {
  if ('ip' in end) return [];
  return world.of('NetworkPolicy').filter(({ metadata, spec }) => {
    const types = spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])];
    return metadata.namespace === end.namespace && selects(spec.podSelector, end.labels) && types.includes(direction);
  });
}

function rules({ spec }: Manifest, direction: Direction): Manifest[] {
  const given = (direction === 'Ingress' ? spec.ingress : spec.egress) ?? [];
  return given.map((rule: Manifest) => ({
    peers: direction === 'Ingress' ? rule.from : rule.to,
    ports: rule.ports,
  }));
}

/** No peers stand for everybody, no ports for all. */
function fits(policy: Manifest, { peers, ports }: Manifest, end: End, port: number, protocol: string): boolean {
  const portFits = (one: Manifest) => (one.protocol ?? 'TCP') === protocol && (one.port ?? port) === port;
  return (
    (!peers?.length || peers.some((peer: Manifest) => isPeer(policy, peer, end))) && (!ports || ports.some(portFits))
  );
}

function isPeer(policy: Manifest, peer: Manifest, end: End): boolean {
  if (peer.ipBlock) return 'ip' in end && inRange(end.ip, peer.ipBlock.cidr);
  if ('ip' in end) return false;
  const namespaceFits = peer.namespaceSelector
    ? selects(peer.namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace })
    : end.namespace === policy.metadata.namespace;
  if (peer.podSelector === undefined && peer.namespaceSelector === undefined) return false;
  return namespaceFits && selects(peer.podSelector, end.labels);
}

function selects(selector: Manifest | undefined, labels: Labels): boolean {
  return selector?.matchExpressions === undefined && matches(selector?.matchLabels, labels);
}

/** Whether an IPv4 address is in a range like 10.0.0.0/8. */
export function inRange(ip: string, cidr: string): boolean {
  const [network, bits] = String(cidr).split('/');
  if (!isIPv4(network) || !/^\d+$/.test(bits ?? '') || Number(bits) > 32) return false;
  const number = (address: string) => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(ip) / size) === Math.floor(number(network) / size);
}
