import { describe, expect, it } from 'vitest';
import { allowed, allowedBy, type Connection, inRange } from './policy';
import { World } from './world';

const policy = (spec: object, namespace = 'a') => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace },
  spec: { podSelector: { matchLabels: { app: 'server' } }, ...spec },
});
const server = { namespace: 'a', labels: { app: 'server' } };
const client = { namespace: 'a', labels: { app: 'client' } };
const connection: Connection = { from: client, to: server, port: 80 };

describe('policies are read as Kubernetes reads them', () => {
  it('whom no policy selects may do everything', () => {
    expect(allowed(new World([]), connection)).toBe(true);
    expect(allowed(new World([policy({ ingress: [] }, 'b')]), connection)).toBe(true);
  });

  it('no rule refuses all, an empty one allows all', () => {
    expect(allowed(new World([policy({ ingress: [] })]), connection)).toBe(false);
    expect(allowed(new World([policy({})]), connection)).toBe(false);
    expect(allowed(new World([policy({ ingress: [{}] })]), connection)).toBe(true);
  });

  it('several policies add up', () => {
    const world = new World([policy({ ingress: [] }), policy({ ingress: [{ ports: [{ port: 80 }] }] })]);
    expect(allowed(world, connection)).toBe(true);
  });

  it('a rule without a protocol means TCP, one without a port all of them', () => {
    const world = new World([policy({ ingress: [{ ports: [{ port: 80 }] }] })]);
    expect(allowed(world, { ...connection, protocol: 'UDP' })).toBe(false);
    expect(allowed(world, { ...connection, port: 81 })).toBe(false);
    const all = new World([policy({ ingress: [{ ports: [{ protocol: 'TCP' }] }] })]);
    expect(allowed(all, { ...connection, port: 81 })).toBe(true);
  });

  it('pods are looked for in the namespace of the policy, unless it selects namespaces', () => {
    const elsewhere = { ...connection, from: { ...client, namespace: 'b' } };
    const own = new World([policy({ ingress: [{ from: [{ podSelector: {} }] }] })]);
    expect([allowed(own, connection), allowed(own, elsewhere)]).toEqual([true, false]);
    const any = new World([policy({ ingress: [{ from: [{ namespaceSelector: {}, podSelector: {} }] }] })]);
    expect([allowed(any, connection), allowed(any, elsewhere)]).toEqual([true, true]);
  });

  it('without policy types it is about what comes in, and what goes out where it says so', () => {
    const world = new World([policy({ ingress: [{}], egress: [] })]);
    const out = { from: server, to: client, port: 80 };
    expect([allowedBy(world, connection, 'Ingress'), allowedBy(world, out, 'Egress')]).toEqual([true, false]);
    expect(allowedBy(new World([policy({ ingress: [{}] })]), out, 'Egress')).toBe(true);
  });

  it('an address is in a range or not', () => {
    expect(inRange('10.1.2.3', '10.0.0.0/8')).toBe(true);
    expect(inRange('11.0.0.1', '10.0.0.0/8')).toBe(false);
    expect(inRange('192.168.7.255', '192.168.7.0/24')).toBe(true);
    expect(inRange('198.51.100.7', '0.0.0.0/0')).toBe(true);
    for (const broken of ['10.0.0.0', '10.0.0.0/33', '10.0.0/8', 'x/8'])
      expect(inRange('10.0.0.1', broken)).toBe(false);
  });
});
