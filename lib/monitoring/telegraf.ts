import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { EventStoreCluster } from '../eventstore/cluster';
import { HTTP_PORT } from '../eventstore/node';
import { resources, secretFiles } from '../kubernetes/hardening';
import { contentHash } from '../kubernetes/hash';
import * as k8s from '../kubernetes/k8s';
import { memberIdentity, selectorLabels } from '../kubernetes/labels';
import { podsIn, tcp, toDns } from '../kubernetes/network';
import { namespaced } from '../kubernetes/objects';
import { pod } from '../kubernetes/pod';
import { clusterRights, TOKEN_FILE, TOKEN_MOUNT, toKubernetes, tokenVolume } from './kubelet-access';
import {
  DATABASE,
  deployment,
  INFLUXDB_PORT,
  influxdbUrl,
  networkPolicy,
  type Part,
  QUICK_MOVE,
  serviceAccount,
} from './parts';
import { PASSWORD_VARIABLE, type ScrapedMember, telegrafConfig, USER_VARIABLE } from './telegraf-config';

const IMAGE = 'docker.io/library/telegraf:1.37.2';
/** The image's own user has no fixed number, and nothing in it belongs to that user. */
const USER = 10001;
const CONFIG_FOLDER = '/etc/monitoring';
const CA_FOLDER = '/etc/monitoring-ca';
const HEALTH_PORT = 8080;

/** What Telegraf is made from. */
export interface TelegrafProps {
  readonly part: Part;
  readonly influxdb: { [key: string]: string };
  readonly clusters: EventStoreCluster[];
  readonly namespaces: string[];
  readonly image?: string;
  readonly credentialsSecretName?: string;
  readonly nodesProxy: boolean;
}

/**
 * One Telegraf for all kubelets and members. Not one on every machine: the members' figures would then come from
 * another place than the pods', and each machine would hold a token that reads all of them.
 */
export class Telegraf extends Construct {
  public readonly deployment: ApiObject;
  public readonly clusterRole: ApiObject;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TelegrafProps,
  ) {
    super(scope, id);
    const { part } = props;
    serviceAccount(this, part);
    this.clusterRole = clusterRights(this, part, this.rights());
    const config = this.makeConfig();
    this.makeNetworkPolicies();
    this.deployment = deployment(this, part, this.pod(config.name));
  }

  private rights(): k8s.PolicyRule[] {
    const get = ['nodes/stats', 'nodes/pods', ...(this.props.nodesProxy ? ['nodes/proxy'] : [])];
    return [
      { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
      { apiGroups: [''], resources: get, verbs: ['get'] },
    ];
  }

  private makeConfig(): ApiObject {
    const { part } = this.props;
    const data = {
      'telegraf.conf': telegrafConfig({
        members: this.props.clusters.flatMap((cluster) => this.members(cluster)),
        namespaces: this.props.namespaces,
        influxdbUrl: influxdbUrl(part.stack, part.namespace),
        database: DATABASE,
        token: TOKEN_FILE,
        healthPort: HEALTH_PORT,
      }),
    };
    const metadata = part.metadata(`${part.name}-${contentHash(data)}`);
    return namespaced(this, 'Config', k8s.KubeConfigMap.manifest({ metadata, data }));
  }

  /** By the names that they advertise: these are on their certificates, and lead to them ready or not. */
  private members(cluster: EventStoreCluster): ScrapedMember[] {
    return cluster.nodes.map(({ name, advertised }) => ({
      url: `${cluster.secure ? 'https' : 'http'}://${advertised}:${HTTP_PORT}/metrics`,
      namespace: cluster.namespace,
      cluster: cluster.name,
      member: name,
      ca: cluster.secure ? `${CA_FOLDER}/${this.authority(cluster)}/ca.crt` : undefined,
    }));
  }

  /** The Secret with the authority of a secure cluster, in Telegraf's own namespace. */
  private authority(cluster: EventStoreCluster): string {
    const near = cluster.namespace === this.props.part.namespace;
    return (near ? cluster.caSecretName : this.props.credentialsSecretName) as string;
  }

  private makeNetworkPolicies(): void {
    const { part, clusters } = this.props;
    networkPolicy(this, part, {
      egress: [
        ...clusters.map((cluster) => ({
          to: [podsIn(cluster.namespace, selectorLabels(memberIdentity(cluster.name)))],
          ports: tcp(HTTP_PORT),
        })),
        { to: [{ podSelector: { matchLabels: this.props.influxdb } }], ports: tcp(INFLUXDB_PORT) },
        toKubernetes(),
        toDns(),
      ],
    });
    for (const cluster of clusters) this.admit(cluster);
  }

  /** Lets Telegraf in at a cluster's members, beside the cluster's own policy, which stays as it is. */
  private admit(cluster: EventStoreCluster): void {
    const { part } = this.props;
    namespaced(
      this,
      `Admit-${cluster.namespace}-${cluster.name}`,
      k8s.KubeNetworkPolicy.manifest({
        metadata: {
          ...part.metadata(`${cluster.name}-from-${part.namespace}-${part.name}`),
          namespace: cluster.namespace,
        },
        spec: {
          podSelector: { matchLabels: selectorLabels(memberIdentity(cluster.name)) },
          policyTypes: ['Ingress'],
          ingress: [{ from: [podsIn(part.namespace, part.selector)], ports: tcp(HTTP_PORT) }],
        },
      }),
    );
  }

  private pod(configMap: string): k8s.PodTemplateSpec {
    const { part } = this.props;
    const authorities = [
      ...new Set(this.props.clusters.filter(({ secure }) => secure).map((cluster) => this.authority(cluster))),
    ];
    const port = k8s.IntOrString.fromNumber(HEALTH_PORT);
    return pod({
      labels: part.labels,
      serviceAccount: part.name,
      user: USER,
      group: USER,
      spec: { tolerations: QUICK_MOVE },
      container: {
        name: 'telegraf',
        image: this.props.image ?? IMAGE,
        // variables stand for texts only: no password can change what the configuration says
        command: ['telegraf', '--strict-env-handling', '--config', `${CONFIG_FOLDER}/telegraf.conf`],
        env: authorities.length > 0 ? this.credentials() : undefined,
        ports: [{ name: 'health', containerPort: HEALTH_PORT }],
        resources: resources(
          { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '32Mi' },
          { cpu: '1', memory: '512Mi', 'ephemeral-storage': '128Mi' },
        ),
        startupProbe: { tcpSocket: { port }, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 60 },
        // alive is whoever takes a connection: that nothing can be collected is no reason for a restart
        livenessProbe: { tcpSocket: { port }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
        readinessProbe: { httpGet: { path: '/', port }, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
        volumeMounts: [
          { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
          TOKEN_MOUNT,
          ...authorities.map((name, i) => ({ name: `ca-${i}`, mountPath: `${CA_FOLDER}/${name}`, readOnly: true })),
        ],
      },
      volumes: [
        { name: 'config', configMap: { name: configMap } },
        tokenVolume(3600),
        // only the authority: the Secret may hold a member's key
        ...authorities.map((secretName, i) => ({
          name: `ca-${i}`,
          secret: secretFiles(secretName, ['ca.crt']),
        })),
      ],
    });
  }

  private credentials(): k8s.EnvVar[] {
    const from = (variable: string, key: string): k8s.EnvVar => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: this.props.credentialsSecretName as string, key } },
    });
    return [from(USER_VARIABLE, 'username'), from(PASSWORD_VARIABLE, 'password')];
  }
}
