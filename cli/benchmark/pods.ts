import { type Kubectl, kubectl, succeed } from './kubectl';

/** A pod of the benchmark. */
export interface BenchmarkPod {
  readonly name: string;
  /** The generator's number, from 1; 0 for the killer. */
  readonly shard: number;
  readonly killer: boolean;
  /** Whether its results go to its log. */
  readonly prints: boolean;
  /** The claim with its results, if it has one. */
  readonly claim?: string;
  readonly phase: string;
  /** What keeps it from starting. */
  readonly waiting?: string;
}

/** The pods of a cluster's load test, newest Job only where there are several of one name. */
export function benchmarkPods(how: Kubectl, cluster: string): BenchmarkPod[] {
  const selector = `app.kubernetes.io/name=eventstore,app.kubernetes.io/instance=${cluster}`;
  const { items } = JSON.parse(succeed(how, ['get', 'pods', '--selector', selector, '--output', 'json']));
  // biome-ignore lint/suspicious/noExplicitAny: what the API answers, read field by field
  return (items as any[])
    .filter(({ metadata }) => /^benchmark(-|$)/.test(metadata.labels['app.kubernetes.io/component']))
    .map(({ metadata, spec, status }): BenchmarkPod => {
      const killer = /-kills$/.test(metadata.labels['app.kubernetes.io/component']);
      const [container] = spec.containers;
      const results = spec.volumes.find(({ name }: { name: string }) => name === 'results');
      const waiting = status.containerStatuses?.[0]?.state?.waiting;
      return {
        name: metadata.name,
        killer,
        shard: killer ? 0 : 1 + Number(metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? 0),
        prints: (container.env ?? []).some(({ name }: { name: string }) => name === 'PRINT'),
        claim: results?.persistentVolumeClaim?.claimName,
        phase: status.phase,
        waiting: waiting?.reason,
      };
    });
}

/** `running`, or how the load and the audit ended. */
export function stateOf(how: Kubectl, pod: BenchmarkPod): 'running' | { load: number; audit: number } {
  const ended = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  if (pod.killer || pod.prints || ended || pod.phase === 'Pending') {
    if (!ended) return 'running';
    const code = pod.phase === 'Succeeded' ? 0 : 1;
    return { load: code, audit: code };
  }
  // a pod that is just starting does not answer yet
  const { stdout } = kubectl(how, ['exec', pod.name, '--', 'sh', '/scripts/run.sh', 'state']);
  const [, load, audit] = /^done (\d+) (\d+|-)/.exec(stdout) ?? [];
  return load === undefined ? 'running' : { load: Number(load), audit: audit === '-' ? 1 : Number(audit) };
}
