import { type ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { contentHash } from '../kubernetes/hash';
import * as k8s from '../kubernetes/k8s';
import { clientLabel, type Identity, objectLabels, selectorLabels } from '../kubernetes/labels';
import { requireName, serviceHost } from '../kubernetes/names';
import { namespaced, requireNamespace } from '../kubernetes/objects';
import { frontendConnectionData, frontendConnectionString, frontendUrl } from './frontend-connection';
import { frontendAnnotations, frontendPolicy, frontendService, isBalanced } from './frontend-network';
import { CONFIG_FILE, frontendPod, podPaths } from './frontend-pod';
import { FrontendReads, type NginxFrontendProps } from './frontend-props';
import { requireRules, warnAbout } from './frontend-rules';
import { nginxConfig } from './nginx-config';
import { FRONTEND_PORT } from './nginx-options';

export * from './frontend-props';
export * from './hosts';

/** The version that the tests run. */
const IMAGE = 'docker.io/nginxinc/nginx-unprivileged:1.31.3-alpine-slim';
const CONNECTION = '-connection';

/**
 * nginx before a cluster: one address for HTTP, the user interface and gRPC, where the loss of a member costs no read
 * and at most the writes that were on their way to it. docs/frontend.md tells what comes through it and what does not.
 *
 * Throws ES301 to ES308 for what must not be exposed and cannot be configured; docs/rules.md explains each.
 */
export class NginxFrontend extends Construct {
  /** The name of its Deployment, Service and others. */
  public readonly name: string;
  /** The host of its Service, inside Kubernetes. */
  public readonly host: string;
  /** The connection string of the official clients, inside Kubernetes. */
  public readonly connectionString: string;
  /** The URL of HTTP clients and of the user interface, inside Kubernetes. */
  public readonly url: string;
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The Service: of type LoadBalancer if it is exposed. */
  public readonly service: ApiObject;
  /** The ConfigMap with nginx.conf. */
  public readonly config: ApiObject;
  /** The ConfigMap that tells clients how to connect. */
  public readonly connection: ApiObject;
  /** The pods' ServiceAccount, which may do nothing. */
  public readonly serviceAccount: ApiObject;
  /** How many pods a drain may take at a time. */
  public readonly disruptionBudget: ApiObject;
  /** Who may reach the pods, and whom they may reach. */
  public readonly networkPolicy: ApiObject;

  private readonly cluster: string;
  private readonly identity: Identity;

  constructor(scope: Construct, id: string, props: NginxFrontendProps) {
    super(scope, id);
    requireRules(props);
    this.cluster = props.target.name;
    this.name = props.name ?? `${this.cluster}-frontend`;
    requireName('front end name', this.name, CONNECTION);
    this.host = serviceHost(this.name, requireNamespace(this));
    this.connectionString = frontendConnectionString(props, this.host);
    this.url = frontendUrl(props, this.host);
    // a second front end of the same cluster must not share the first one's selector
    const component = props.name === undefined ? 'frontend' : `frontend-${props.name}`;
    this.identity = { name: 'eventstore', instance: this.cluster, component };

    this.serviceAccount = this.makeServiceAccount();
    this.config = this.makeConfig(props);
    this.networkPolicy = this.makeNetworkPolicy(props);
    this.disruptionBudget = this.makeDisruptionBudget();
    this.deployment = this.makeDeployment(props);
    this.service = this.makeService(props);
    this.connection = this.makeConnection(props);
    warnAbout(this, props);
  }

  private makeServiceAccount(): ApiObject {
    return namespaced(
      this,
      'ServiceAccount',
      k8s.KubeServiceAccount.manifest({ metadata: this.metadata(), automountServiceAccountToken: false }),
    );
  }

  private makeConfig(props: NginxFrontendProps): ApiObject {
    const { target } = props;
    const data = {
      [CONFIG_FILE]: nginxConfig({
        members: target.members.map(({ address, advertised }) => ({ address, advertised: advertised ?? address })),
        secure: target.secure,
        tls: props.tlsSecretName !== undefined,
        basicAuth: props.basicAuthSecretName !== undefined,
        readsFromLeader: props.reads === FrontendReads.LEADER,
        retryAppends: props.retryAppends ?? false,
        readTimeoutMs: (props.readTimeout ?? Duration.seconds(3)).toMilliseconds(),
        writeTimeoutMs: (props.writeTimeout ?? Duration.seconds(7)).toMilliseconds(),
        subscriptionTimeoutMs: (props.subscriptionTimeout ?? Duration.minutes(2)).toMilliseconds(),
        port: FRONTEND_PORT,
        paths: podPaths(target.caSecretName),
      }),
    };
    const name = `${this.name}-${contentHash(data)}`;
    return namespaced(this, 'Config', k8s.KubeConfigMap.manifest({ metadata: this.metadata(name), data }));
  }

  private makeNetworkPolicy(props: NginxFrontendProps): ApiObject {
    const spec = frontendPolicy(props, selectorLabels(this.identity));
    return namespaced(this, 'NetworkPolicy', k8s.KubeNetworkPolicy.manifest({ metadata: this.metadata(), spec }));
  }

  private makeDisruptionBudget(): ApiObject {
    return namespaced(
      this,
      'DisruptionBudget',
      k8s.KubePodDisruptionBudget.manifest({
        metadata: this.metadata(),
        spec: {
          maxUnavailable: k8s.IntOrString.fromNumber(1),
          // nginx keeps nothing: a pod that is not ready may always go
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: selectorLabels(this.identity) },
        },
      }),
    );
  }

  private makeDeployment(props: NginxFrontendProps): ApiObject {
    const selector = selectorLabels(this.identity);
    return namespaced(
      this,
      'Resource',
      k8s.KubeDeployment.manifest({
        metadata: this.metadata(),
        spec: {
          replicas: props.replicas ?? 2,
          // a load balancer needs a while to find a new pod
          minReadySeconds: 10,
          strategy: {
            type: 'RollingUpdate',
            rollingUpdate: {
              maxSurge: k8s.IntOrString.fromNumber(1),
              maxUnavailable: k8s.IntOrString.fromNumber(0),
            },
          },
          selector: { matchLabels: selector },
          template: frontendPod({
            image: props.image ?? IMAGE,
            // the members' NetworkPolicy admits clients by that label
            labels: { ...objectLabels(this.identity, this.cluster), ...clientLabel(this.cluster) },
            selector,
            serviceAccount: this.name,
            configMap: this.config.name,
            tlsSecretName: props.tlsSecretName,
            basicAuthSecretName: props.basicAuthSecretName,
            caSecretName: props.target.secure ? props.target.caSecretName : undefined,
            balanced: isBalanced(props),
          }),
        },
      }),
    );
  }

  private makeService(props: NginxFrontendProps): ApiObject {
    return namespaced(
      this,
      'Service',
      k8s.KubeService.manifest({
        metadata: { ...this.metadata(), annotations: frontendAnnotations(props) },
        spec: frontendService(props, selectorLabels(this.identity)),
      }),
    );
  }

  private makeConnection(props: NginxFrontendProps): ApiObject {
    const data = frontendConnectionData(props, this.name, this.host);
    const name = `${this.name}${CONNECTION}`;
    return namespaced(this, 'Connection', k8s.KubeConfigMap.manifest({ metadata: this.metadata(name), data }));
  }

  private metadata(name = this.name): k8s.ObjectMeta {
    return { name, labels: objectLabels(this.identity, this.cluster) };
  }
}
