import type { Manifest } from '../helpers';

/** A promise that does not hold. */
export interface Finding {
  /** What was promised, in a word or two. */
  readonly rule: string;
  /** `Kind namespace/name` of the object at fault. */
  readonly object: string;
  readonly message: string;
}

/** What a user chose in place of a default that the docs name. */
export interface Chosen {
  /** The front end's `readTimeout`, in milliseconds. */
  readonly readTimeout?: number;
  /** The front end's `writeTimeout`, in milliseconds. */
  readonly writeTimeout?: number;
  /** Whether somebody else makes the namespace: an app of the library may leave it out, the generator never does. */
  readonly namespaceElsewhere?: boolean;
}

export type Labels = Record<string, string>;

/** A pod that a workload will make. */
export interface Pod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly workload: Manifest;
}

/** A contract looks at all objects and says what does not hold. It knows Kubernetes and the docs, and no generator. */
export type Contract = (world: World) => void;

const WORKLOADS = ['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];

/** The objects of a folder, as Kubernetes will see them together. */
export class World {
  public readonly findings: Finding[] = [];

  constructor(
    public readonly manifests: readonly Manifest[],
    public readonly chosen: Chosen = {},
  ) {}

  /** Notes a finding unless the promise holds. Returns whether it does. */
  public expect(holds: unknown, rule: string, object: Manifest, message: string): boolean {
    if (!holds) this.findings.push({ rule, object: nameOf(object), message });
    return Boolean(holds);
  }

  /** The same for two values, compared as JSON with the keys in any order. */
  public equal(actual: unknown, expected: unknown, rule: string, object: Manifest, what: string): boolean {
    const [found, wanted] = [canonical(actual), canonical(expected)];
    return this.expect(found === wanted, rule, object, `${what} must be ${wanted}, is ${found}`);
  }

  /** The same for a number between two others. */
  public within(actual: unknown, least: number, most: number, rule: string, object: Manifest, what: string): boolean {
    const fits = typeof actual === 'number' && Number.isInteger(actual) && actual >= least && actual <= most;
    return this.expect(fits, rule, object, `${what} must be ${least} to ${most}, is ${canonical(actual)}`);
  }

  public of(kind: string): Manifest[] {
    return this.manifests.filter((m) => m.kind === kind);
  }

  public find(kind: string, namespace: string | undefined, name: string): Manifest | undefined {
    return this.of(kind).find((m) => m.metadata?.name === name && m.metadata?.namespace === namespace);
  }

  public get workloads(): Manifest[] {
    return this.manifests.filter((m) => WORKLOADS.includes(m.kind));
  }

  /** Every pod that the workloads make, those of a StatefulSet with the label that carries its name. */
  public get pods(): Pod[] {
    this.known ??= this.makePods();
    return this.known;
  }

  private known?: Pod[];

  private makePods(): Pod[] {
    return this.workloads.flatMap((workload) => {
      const pod = { namespace: workload.metadata.namespace, workload };
      const labels = podTemplate(workload).metadata?.labels ?? {};
      if (workload.kind !== 'StatefulSet') return [{ ...pod, labels }];
      return podNames(workload).map((name) => ({
        ...pod,
        labels: { ...labels, 'statefulset.kubernetes.io/pod-name': name },
      }));
    });
  }

  /** The pods that a Service's or a budget's selector finds. */
  public selected(namespace: string, selector: Labels | undefined): Pod[] {
    return this.pods.filter((pod) => pod.namespace === namespace && matches(selector, pod.labels));
  }
}

/** The names of a StatefulSet's pods. */
export function podNames({ metadata, spec }: Manifest): string[] {
  const first = spec.ordinals?.start ?? 0;
  return Array.from({ length: spec.replicas ?? 1 }, (_, i) => `${metadata.name}-${first + i}`);
}

export function podTemplate(workload: Manifest): Manifest {
  return (workload.kind === 'CronJob' ? workload.spec.jobTemplate : workload).spec.template;
}

export function podSpec(workload: Manifest): Manifest {
  return podTemplate(workload).spec;
}

/** Labels that fit a selector by labels; an empty one, unlike in Kubernetes' Services, fits everything. */
export function matches(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}

export function nameOf(object: Manifest): string {
  const { namespace, name } = object?.metadata ?? {};
  return `${object?.kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

export function canonical(value: unknown): string {
  const sorted = (_: string, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  return JSON.stringify(value, sorted) ?? 'missing';
}

const UNITS: Record<string, number> = { m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A Kubernetes quantity as a number, NaN for what is none. */
export function quantity(text: unknown): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(m|k|M|G|Ti|Ki|Mi|Gi)?$/.exec(String(text)) ?? [];
  return Number(amount) * (unit === 'Ti' ? 2 ** 40 : UNITS[unit ?? '']);
}
