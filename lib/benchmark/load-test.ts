import { type ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import type { EventStoreCluster } from '../eventstore/cluster';
import { HTTP_PORT } from '../eventstore/node';
import { contentHash } from '../kubernetes/hash';
import * as k8s from '../kubernetes/k8s';
import { clientLabel, type Identity, objectLabels, selectorLabels } from '../kubernetes/labels';
import { requireName, serviceHost } from '../kubernetes/names';
import { namespaced, requireNamespace } from '../kubernetes/objects';
import type { MonitoringStack } from '../monitoring/monitoring-stack';
import { generatorPod, K6_PORT, KEEP_SECONDS } from './load-test-pod';
import { LoadTestDoor, type LoadTestProps, LoadTestReads } from './load-test-props';
import { type LoadTestNumbers, numbersOf, requireRules } from './load-test-rules';
import { BENCHMARK_SCRIPTS } from './scripts.generated';
import type { Settings } from './settings';

export * from './load-test-props';

/** Waiting for the other generators, and the audit of what they wrote, beside the load itself. */
const OTHER_SECONDS = 20 * 60 + 6 * 3600;
/** What a Job puts behind its name for a pod. */
const LONGEST_SUFFIX = '-99-abcde';

/**
 * A load on a cluster: a Job of one or more k6 generators that all run the 2017 scenario, and afterwards read every
 * acknowledged event back from the leader and from each member. It starts as soon as it is applied, so it belongs into a
 * chart, and a folder, of its own. docs/benchmark.md tells how to run it and what its figures mean.
 *
 * Throws ES541 to ES547, ES407, ES504 and ES507; docs/rules.md explains each.
 */
export class LoadTest extends Construct {
  /** The name of its Job and all else. */
  public readonly name: string;
  /** The cluster under load. */
  public readonly cluster: EventStoreCluster;
  /** Where the load goes. */
  public readonly url: string;
  /** The Job. */
  public readonly job: ApiObject;
  /** The ConfigMap with k6's scripts and the settings. */
  public readonly config: ApiObject;
  /** The headless Service under which generators find each other. */
  public readonly service: ApiObject;
  /** The pods' ServiceAccount, which may do nothing. */
  public readonly serviceAccount: ApiObject;
  /** Who may reach the generators, and whom they may reach. */
  public readonly networkPolicy: ApiObject;

  /** @internal */
  public readonly _numbers: LoadTestNumbers;
  /** @internal */
  public readonly _identity: Identity;
  /** Where its figures can be seen. @internal */
  public readonly _monitoring?: MonitoringStack;
  private readonly namespace: string;

  constructor(scope: Construct, id: string, props: LoadTestProps) {
    super(scope, id);
    requireRules(props);
    this.cluster = props.cluster;
    this.name = props.name ?? `${this.cluster.name}-bench`;
    requireName('load test name', this.name, LONGEST_SUFFIX);
    this.namespace = requireNamespace(this);
    this._numbers = numbersOf(props);
    this._monitoring = props.monitoring;
    const { warmup, duration } = this._numbers;
    props.monitoring?._requireBenchmark(Duration.millis(Math.ceil(1000 * (warmup + duration))));
    props.monitoring?._requireWriter(this.namespace);
    this.url = this.urlOf(props);
    // a second load test of the same cluster must not share the first one's selectors
    const component = props.name === undefined ? 'benchmark' : `benchmark-${props.name}`;
    this._identity = { name: 'eventstore', instance: this.cluster.name, component };

    this.serviceAccount = this.makeServiceAccount();
    this.config = this.makeConfig(props);
    this.service = this.makeService();
    this.networkPolicy = this.makeNetworkPolicy();
    this.job = this.makeJob(props);
  }

  /** Every member's URL. @internal */
  public get _members(): Record<string, string> {
    const { members, nodes, secure } = this.cluster;
    // the certificate holds the advertised names; the address leads nowhere at once while the member is not ready
    const host = (index: number) => (secure ? members[index].advertised : members[index].address);
    return Object.fromEntries(nodes.map(({ name }, i) => [name, `${secure ? 'https' : 'http'}://${host(i)}`]));
  }

  /** Where generators' k6 listens, `{}` for the number. @internal */
  public get _peers(): string {
    return `http://${this.name}-{}.${serviceHost(this.name, this.namespace)}:${K6_PORT}`;
  }

  /** What the members' NetworkPolicies, and InfluxDB's, admit clients by. @internal */
  public get _clientLabels(): Record<string, string> {
    return { ...clientLabel(this.cluster.name), ...this._monitoring?.writerLabels };
  }

  private urlOf(props: LoadTestProps): string {
    const door = this.doorOf(props);
    if (door === LoadTestDoor.FRONTEND) return props.frontend!.url;
    return `${this.cluster.secure ? 'https' : 'http'}://${this.cluster.clientHost}:${HTTP_PORT}`;
  }

  private doorOf({ door, frontend }: LoadTestProps): LoadTestDoor {
    return door ?? (frontend ? LoadTestDoor.FRONTEND : LoadTestDoor.SERVICE);
  }

  private settings(props: LoadTestProps): Settings {
    const { rate, ...numbers } = this._numbers;
    return {
      variant: props.variant ?? this.cluster.name,
      url: this.url,
      target: this.doorOf(props),
      members: this._members,
      mediaTypes: this.cluster.release.mediaTypePrefix,
      mode: rate === undefined ? 'closed' : 'open',
      ...numbers,
      ...(rate !== undefined && { rate }),
      reads: props.reads === LoadTestReads.LEADER ? 'leader' : 'any',
      peers: this._peers,
    };
  }

  private makeServiceAccount(): ApiObject {
    return namespaced(
      this,
      'ServiceAccount',
      k8s.KubeServiceAccount.manifest({ metadata: this.metadata(), automountServiceAccountToken: false }),
    );
  }

  private makeConfig(props: LoadTestProps): ApiObject {
    const { 'kills.js': _, ...scripts } = BENCHMARK_SCRIPTS;
    const data = { ...scripts, 'settings.json': `${JSON.stringify(this.settings(props), null, 2)}\n` };
    const name = `${this.name}-${contentHash(data)}`;
    return namespaced(this, 'Config', k8s.KubeConfigMap.manifest({ metadata: this.metadata(name), data }));
  }

  private makeService(): ApiObject {
    return namespaced(
      this,
      'Service',
      k8s.KubeService.manifest({
        metadata: this.metadata(),
        spec: {
          clusterIp: 'None',
          publishNotReadyAddresses: true,
          selector: selectorLabels(this._identity),
          ports: [{ name: 'k6', port: K6_PORT }],
        },
      }),
    );
  }

  /** k6's API knows no passwords and can stop a test, so only the benchmark's own pods reach it. */
  private makeNetworkPolicy(): ApiObject {
    const pods = (identity: Identity) => ({ podSelector: { matchLabels: selectorLabels(identity) } });
    const tcp = (port: number) => ({ port: k8s.IntOrString.fromNumber(port) });
    const spec: k8s.NetworkPolicySpec = {
      podSelector: { matchLabels: selectorLabels(this._identity) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [pods(this._identity), pods(killerIdentity(this._identity))], ports: [tcp(K6_PORT)] }],
      egress: [
        { to: [pods(this._identity)], ports: [tcp(K6_PORT)] },
        // to the front end, or to members
        { ports: [tcp(HTTP_PORT)] },
        ...(this._monitoring ? [this._monitoring._toInfluxdb] : []),
        { ports: [{ protocol: 'UDP', ...tcp(53) }, tcp(53)] },
      ],
    };
    return namespaced(this, 'NetworkPolicy', k8s.KubeNetworkPolicy.manifest({ metadata: this.metadata(), spec }));
  }

  private makeJob(props: LoadTestProps): ApiObject {
    const { generators, warmup, duration } = this._numbers;
    return namespaced(
      this,
      'Resource',
      k8s.KubeJob.manifest({
        metadata: this.metadata(),
        spec: {
          ...(generators > 1 && { completionMode: 'Indexed', completions: generators, parallelism: generators }),
          // a load that broke is another measurement, not the same again
          backoffLimit: 0,
          activeDeadlineSeconds: Math.ceil(warmup + duration + OTHER_SECONDS + KEEP_SECONDS),
          template: generatorPod(props, {
            name: this.name,
            labels: { ...objectLabels(this._identity, this.cluster.name), ...this._clientLabels },
            selector: selectorLabels(this._identity),
            memberLabels: this.cluster.memberLabels,
            configMap: this.config.name,
            numbers: this._numbers,
            caSecretName: this.cluster.caSecretName,
          }),
        },
      }),
    );
  }

  private metadata(name = this.name): k8s.ObjectMeta {
    return { name, labels: objectLabels(this._identity, this.cluster.name) };
  }
}

/** What the pod is that kills during a load: the load's NetworkPolicy lets it in. */
export function killerIdentity(load: Identity): Identity {
  return { ...load, component: `${load.component}-kills` };
}
