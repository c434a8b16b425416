import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GeneratorOptions } from '../../charts/options';
import { EventStoreRelease } from '../../lib';
import { find, generate, type Manifest } from '../helpers';

const NODES = fc.constantFrom(1, 3, 5, 7);

/** Any input that the generator takes. */
const OPTIONS: fc.Arbitrary<Partial<GeneratorOptions>> = fc.record({
  nodes: NODES,
  storage: fc.constantFrom('podstorage', 'azurefile', 'azurefile-dynamic', 'disk'),
  name: fc.stringMatching(/^[a-z]([-a-z0-9]{0,40}[a-z0-9])?$/),
  namespace: fc.stringMatching(/^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$/),
  serverVersion: fc.constantFrom(...EventStoreRelease.lines()),
  protocol: fc.constantFrom('smb', 'nfs'),
  storageAccount: fc.constant('esstore'),
  frontend: fc.boolean(),
  exposure: fc.constantFrom('cluster', 'internal'),
});

const RUNS = { numRuns: 60, seed: 2113 };
const law = (holds: (manifests: Manifest[], options: Partial<GeneratorOptions>) => void) =>
  fc.assert(
    fc.property(OPTIONS, (options) => holds(generate(options), options)),
    RUNS,
  );

const CLUSTER_SCOPED = ['Namespace', 'PersistentVolume', 'StorageClass'];
const identity = (m: Manifest) => `${m.apiVersion} ${m.kind} ${m.metadata.namespace ?? ''}/${m.metadata.name}`;

/** Every place in the object that holds a value of its own. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}/${key}`));
}

describe('laws of every output', () => {
  it('no two objects have one name', () => {
    law((manifests) => {
      const names = manifests.map(identity);
      expect(new Set(names).size).toBe(names.length);
    });
  });

  it('every name is one that Kubernetes and DNS take', () => {
    law((manifests) => {
      for (const { kind, metadata } of manifests) {
        const label = ['Service', 'Namespace', 'StatefulSet', 'Deployment'].includes(kind);
        expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
        expect(metadata.name.length).toBeLessThanOrEqual(label ? 63 : 253);
        for (const [key, value] of Object.entries(metadata.labels ?? {})) {
          expect(key.split('/').at(-1)?.length).toBeLessThanOrEqual(63);
          expect(String(value).length).toBeLessThanOrEqual(63);
        }
      }
    });
  });

  it('objects of the cluster carry no namespace, all others the one that was asked for', () => {
    law((manifests, { namespace }) => {
      for (const m of manifests) {
        expect(m.metadata.namespace).toBe(CLUSTER_SCOPED.includes(m.kind) ? undefined : namespace);
      }
    });
  });

  it('nothing is empty, null or undefined but what means something', () => {
    law((manifests) => {
      const empty = manifests.flatMap((m) => leavesThatAreEmpty(m, m.kind));
      expect(
        empty.filter((path) => !/\/emptyDir$|\/podSelector$|\/storageClassName$|\/namespaceSelector$/.test(path)),
      ).toEqual([]);
    });
  });

  it('no Secret is made, and no variable of a container holds one', () => {
    law((manifests) => {
      expect(manifests.filter((m) => m.kind === 'Secret')).toEqual([]);
      for (const [path, value] of manifests.flatMap((m) => leaves(m))) {
        expect(String(value), path).not.toMatch(/password=|changeit|BEGIN .*PRIVATE KEY|AccountKey/i);
      }
    });
  });

  it('no two Services have one selector', () => {
    law((manifests) => {
      const selectors = manifests.filter((m) => m.kind === 'Service').map((m) => JSON.stringify(m.spec.selector));
      expect(new Set(selectors).size).toBe(selectors.length);
    });
  });

  it('every Service, budget and policy finds pods of this output', () => {
    law((manifests) => {
      const pods = manifests
        .filter((m) => m.spec?.template)
        .flatMap((m) => {
          const labels = m.spec.template.metadata.labels;
          if (m.kind !== 'StatefulSet') return [labels];
          return Array.from({ length: m.spec.replicas }, (_, i) => ({
            ...labels,
            'statefulset.kubernetes.io/pod-name': `${m.metadata.name}-${m.spec.ordinals.start + i}`,
          }));
        });
      const selectors = manifests.flatMap((m) => {
        if (m.kind === 'Service') return [m.spec.selector];
        if (m.kind === 'NetworkPolicy') return [m.spec.podSelector.matchLabels];
        return m.spec?.selector?.matchLabels ? [m.spec.selector.matchLabels] : [];
      });
      for (const selector of selectors.filter(
        (s) => s['app.kubernetes.io/component'] || s['statefulset.kubernetes.io/pod-name'],
      )) {
        expect(pods.some((pod) => Object.entries(selector).every(([key, value]) => pod[key] === value))).toBe(true);
      }
    });
  });

  it('every pod is restricted, has no token, no service links, and its image a tag', () => {
    law((manifests) => {
      for (const workload of manifests.filter((m) => m.spec?.template)) {
        const pod = workload.spec.template.spec;
        expect(pod.automountServiceAccountToken).toBe(false);
        expect(pod.enableServiceLinks).toBe(false);
        expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
        for (const container of pod.containers) {
          expect(container.securityContext).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(container.image).toMatch(/:[^:/]+$/);
          expect(container.imagePullPolicy).toBe('IfNotPresent');
        }
      }
    });
  });

  it('the same input gives the same bytes', () => {
    fc.assert(
      fc.property(OPTIONS, (options) => {
        expect(JSON.stringify(generate(options))).toBe(JSON.stringify(generate({ ...options })));
      }),
      RUNS,
    );
  });
});

describe('growing', () => {
  const grown = OPTIONS.filter((options) => options.nodes !== 7);

  it('only appends objects, and changes only the fields that must change', () => {
    fc.assert(
      fc.property(grown, (options) => {
        const before = generate(options);
        const after = generate({ ...options, nodes: options.nodes! + 2 });
        const later = new Map(after.map((m) => [stableIdentity(m), m]));
        for (const object of before) {
          const now = later.get(stableIdentity(object));
          if (!now) throw new Error(`${identity(object)} is gone`);
          const changed = leaves(now)
            .filter(([path, value]) => !leaves(object).some(([p, v]) => p === path && v === value))
            .map(([path]) => `${object.kind}${path}`);
          expect(changed.filter((path) => !MAY_CHANGE.some((allowed) => allowed.test(path)))).toEqual([]);
        }
        const first = before.map(stableIdentity);
        expect(after.map(stableIdentity).filter((name) => first.includes(name))).toEqual(first);
      }),
      RUNS,
    );
  });

  it('takes away no volume and renames no claim', () => {
    const claims = (nodes: number) =>
      find(generate({ nodes, storage: 'disk' }), 'StatefulSet').spec.volumeClaimTemplates;
    expect(claims(5)).toEqual(claims(3));
  });

  /** What a larger cluster changes in objects that were there before. */
  const MAY_CHANGE = [
    /^StatefulSet\/spec\/replicas$/,
    // from one member: DNS discovery off and seeds, which move the variables behind them
    /^StatefulSet\/spec\/template\/spec\/containers\/0\/env\/\d+\/(name|value)$/,
    /^PodDisruptionBudget\/spec\/maxUnavailable$/,
    /^ConfigMap\/data\//,
    // the hash of a ConfigMap that pods read at start
    /^ConfigMap\/metadata\/name$/,
    /^Deployment\/spec\/template\/spec\/volumes\/\d+\/configMap\/name$/,
  ];

  /** The name without the hash of its content. */
  function stableIdentity(m: Manifest): string {
    return m.kind === 'ConfigMap' ? identity(m).replace(/-[0-9a-f]{10}$/, '') : identity(m);
  }
});

function leavesThatAreEmpty(value: unknown, path: string): string[] {
  if (value === null || value === undefined || value === '') return [path];
  if (typeof value !== 'object') return [];
  const inner = Object.entries(value);
  if (inner.length === 0) return [path];
  return inner.flatMap(([key, item]) => leavesThatAreEmpty(item, `${path}/${key}`));
}
