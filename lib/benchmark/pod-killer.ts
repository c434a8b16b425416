import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { EventStoreError } from '../errors';
import { containerSecurity, resources } from '../kubernetes/hardening';
import { contentHash } from '../kubernetes/hash';
import * as k8s from '../kubernetes/k8s';
import { type Identity, objectLabels, selectorLabels } from '../kubernetes/labels';
import { requireName } from '../kubernetes/names';
import { namespaced, requireNamespace } from '../kubernetes/objects';
import type { KillSettings } from './kill-settings';
import { killerIdentity, type LoadTest } from './load-test';
import { caEnvironment, caMount, caVolume, K6_ENVIRONMENT, K6_IMAGE, podBasics } from './load-test-pod';
import type { PodKill } from './pod-kill';
import { BENCHMARK_SCRIPTS } from './scripts.generated';

export * from './pod-kill';

const API = 'https://kubernetes.default.svc';
/** Where Kubernetes' own libraries look for them. */
const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Waiting for the load before, and for the last victim to return. */
const OTHER_SECONDS = 20 * 60 + 20 * 60;

/** Properties of `PodKiller`. */
export interface PodKillerProps {
  /** The load during which pods are killed. */
  readonly loadTest: LoadTest;
  /** Which pods die when, each within the measured part of the load. */
  readonly kills: PodKill[];
  /**
   * What its Job and all else is named.
   *
   * @default - the load test's name and `-kills`
   */
  readonly name?: string;
  /**
   * The image with k6, which calls Kubernetes' API.
   *
   * @default 'docker.io/grafana/k6:2.2.0', the same as the load's
   */
  readonly image?: string;
}

/**
 * Deletes pods of the cluster at set times of a load, as `kubectl delete pod` does, and records in its log when each was
 * deleted, gone and Ready again. With the load's `monitoring` it marks them in the dashboard too. It may get and delete the
 * members' pods and nothing else.
 *
 * Throws ES548 and ES549; docs/rules.md explains each.
 */
export class PodKiller extends Construct {
  /** The name of its Job and all else. */
  public readonly name: string;
  /** The Job. */
  public readonly job: ApiObject;
  /** The ConfigMap with the script and the settings. */
  public readonly config: ApiObject;
  /** The pod's ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** What the account may do: get and delete the members' pods. */
  public readonly role: ApiObject;
  /** Gives the account the role. */
  public readonly roleBinding: ApiObject;
  /** Nobody may reach the pod. */
  public readonly networkPolicy: ApiObject;

  private readonly load: LoadTest;
  private readonly members: string[];
  private readonly identity: Identity;

  constructor(scope: Construct, id: string, props: PodKillerProps) {
    super(scope, id);
    this.load = props.loadTest;
    this.members = this.load.cluster.nodes.map(({ name }) => name);
    this.name = props.name ?? `${this.load.name}-kills`;
    requireName('pod killer name', this.name, '-abcde');
    requireKills(props.kills, this.load._numbers.duration);
    this.identity = killerIdentity(this.load._identity);

    this.serviceAccount = this.makeServiceAccount();
    this.role = this.makeRole();
    this.roleBinding = this.makeRoleBinding();
    this.config = this.makeConfig(props.kills);
    this.networkPolicy = this.makeNetworkPolicy();
    this.job = this.makeJob(props.image ?? K6_IMAGE);
  }

  private makeServiceAccount(): ApiObject {
    return namespaced(
      this,
      'ServiceAccount',
      k8s.KubeServiceAccount.manifest({ metadata: this.metadata(), automountServiceAccountToken: false }),
    );
  }

  /** By name, since roles know no labels: and so without list, watch and deletecollection, which know no names. */
  private makeRole(): ApiObject {
    return namespaced(
      this,
      'Role',
      k8s.KubeRole.manifest({
        metadata: this.metadata(),
        rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: this.members, verbs: ['get', 'delete'] }],
      }),
    );
  }

  private makeRoleBinding(): ApiObject {
    return namespaced(
      this,
      'RoleBinding',
      k8s.KubeRoleBinding.manifest({
        metadata: this.metadata(),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: this.name },
        subjects: [{ kind: 'ServiceAccount', name: this.name, namespace: requireNamespace(this) }],
      }),
    );
  }

  private makeConfig(kills: PodKill[]): ApiObject {
    const monitoring = this.load._monitoring;
    const settings: KillSettings = {
      members: this.load._members,
      namespace: this.load.cluster.namespace,
      api: API,
      peers: this.load._peers,
      warmup: this.load._numbers.warmup,
      ...(monitoring && { marks: `${monitoring.influxdbUrl}/write?db=${monitoring.database}` }),
      kills: kills.map((kill) => ({ at: kill.seconds, victim: kill._victim(this.members) })),
    };
    const data = {
      'kills.js': BENCHMARK_SCRIPTS['kills.js'],
      'settings.json': `${JSON.stringify(settings, null, 2)}\n`,
    };
    const name = `${this.name}-${contentHash(data)}`;
    return namespaced(this, 'Config', k8s.KubeConfigMap.manifest({ metadata: this.metadata(name), data }));
  }

  private makeNetworkPolicy(): ApiObject {
    return namespaced(
      this,
      'NetworkPolicy',
      k8s.KubeNetworkPolicy.manifest({
        metadata: this.metadata(),
        spec: {
          podSelector: { matchLabels: selectorLabels(this.identity) },
          policyTypes: ['Ingress', 'Egress'],
          // the API's address and port are not known here
          egress: [{}],
        },
      }),
    );
  }

  private makeJob(image: string): ApiObject {
    const { warmup, duration } = this.load._numbers;
    return namespaced(
      this,
      'Resource',
      k8s.KubeJob.manifest({
        metadata: this.metadata(),
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: Math.ceil(warmup + duration + OTHER_SECONDS),
          template: this.pod(image),
        },
      }),
    );
  }

  private pod(image: string): k8s.PodTemplateSpec {
    const { cluster } = this.load;
    const labels = { ...objectLabels(this.identity, cluster.name), ...this.load._clientLabels };
    return {
      metadata: { labels },
      spec: {
        ...podBasics(cluster.memberLabels),
        serviceAccountName: this.name,
        containers: [
          {
            name: 'k6',
            image,
            imagePullPolicy: 'IfNotPresent',
            command: ['k6', 'run', '--quiet', '--log-format', 'raw', '--log-output', 'stdout', '/scripts/kills.js'],
            env: [
              { name: 'SETTINGS', value: '/scripts/settings.json' },
              { name: 'TOKEN_FILE', value: `${ACCOUNT_FOLDER}/token` },
              // whom k6 trusts
              { name: 'SSL_CERT_FILE', value: `${ACCOUNT_FOLDER}/ca.crt` },
              ...K6_ENVIRONMENT,
              ...caEnvironment(cluster.caSecretName),
            ],
            securityContext: containerSecurity(),
            resources: resources(
              { cpu: '50m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
              { cpu: '1', memory: '256Mi', 'ephemeral-storage': '128Mi' },
            ),
            volumeMounts: [
              { name: 'scripts', mountPath: '/scripts', readOnly: true },
              { name: 'account', mountPath: ACCOUNT_FOLDER, readOnly: true },
              { name: 'tmp', mountPath: '/tmp' },
              ...caMount(cluster.caSecretName),
            ],
          },
        ],
        volumes: [
          { name: 'scripts', configMap: { name: this.config.name } },
          { name: 'account', projected: { sources: this.account() } },
          { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
          ...caVolume(cluster.caSecretName),
        ],
      },
    };
  }

  /** A token that lives as long as the Job may: the script reads it once. */
  private account(): k8s.VolumeProjection[] {
    const { warmup, duration } = this.load._numbers;
    return [
      {
        serviceAccountToken: {
          path: 'token',
          expirationSeconds: Math.max(3600, Math.ceil(warmup + duration + OTHER_SECONDS)),
        },
      },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ];
  }

  private metadata(name = this.name): k8s.ObjectMeta {
    return { name, labels: objectLabels(this.identity, this.load.cluster.name) };
  }
}

/** ES548. */
function requireKills(kills: PodKill[], duration: number): void {
  const late = kills.find(({ seconds }) => seconds < 0 || seconds >= duration);
  if (kills.length === 0 || late) {
    throw new EventStoreError(
      'ES548',
      `kills must be within the ${duration} s that are measured, got ${late ? `one after ${late.seconds} s` : 'none'}: the load must run before and after each`,
    );
  }
}
