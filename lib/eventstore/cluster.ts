import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { FrontendMember, IFrontendTarget } from '../frontend/target';
import { contentHash } from '../kubernetes/hash';
import * as k8s from '../kubernetes/k8s';
import { clientLabel, type Identity, memberIdentity, objectLabels, selectorLabels } from '../kubernetes/labels';
import { requireName, serviceHost } from '../kubernetes/names';
import { clusterScoped, namespaced, requireNamespace } from '../kubernetes/objects';
import { requireSyntax } from './azure-names';
import type { EventStoreClusterProps } from './cluster-props';
import { requireCpu, requireNodes, requireUnique, warnAbout } from './cluster-rules';
import { connectionData, connectionString } from './connection';
import { memberPod, SCRIPT } from './member-pod';
import { memberPolicy } from './member-policy';
import { advertisedName, EventStoreNode, HTTP_PORT, REPLICATION_PORT } from './node';
import { EventStoreRelease } from './release';
import { EventStoreSecurity } from './security';
import { memberOptions, serverOptions } from './server-options';
import { START_SCRIPT } from './start-script.generated';
import { EventStoreStorage } from './storage';
import { DATA, type StorageContext, storageContext } from './storage-kind';

/** What Kubernetes puts behind a StatefulSet's name, in a label of its pods. */
const LONGEST_SUFFIX = '-1234567890';

/**
 * An EventStoreDB or KurrentDB cluster: one StatefulSet, a Service (and where storage asks for it a volume) for every
 * member, and what they share. docs/library.md lists the objects.
 *
 * Throws ES1xx for what the cluster cannot be, ES2xx for its storage, ES3xx for its security, ES4xx for its release and
 * settings; docs/rules.md explains each.
 */
export class EventStoreCluster extends Construct implements IFrontendTarget {
  /** The cluster's name. */
  public readonly name: string;
  /** The namespace of all its objects. */
  public readonly namespace: string;
  /** Which server runs. */
  public readonly release: EventStoreRelease;
  /** The members, in the order of their numbers. */
  public readonly nodes: EventStoreNode[] = [];
  /** The connection string of the official clients, for pods inside Kubernetes. */
  public readonly connectionString: string;
  /** The host of the client Service, which leads to members that are ready. */
  public readonly clientHost: string;
  /** Whether members demand TLS and users. */
  public readonly secure: boolean;
  /** The Secret whose `ca.crt` signs the members' certificates, in secure mode. */
  public readonly caSecretName?: string;
  /** Whether streams can be read and written over HTTP. */
  public readonly atomPub?: boolean;
  /** The scheme of the connection string. */
  public readonly connectionScheme: string;
  /** The members as a front end sees them, in the order of their numbers. */
  public readonly members: FrontendMember[];
  /** Labels of the members' pods. */
  public readonly memberLabels?: { [key: string]: string };
  /** The StatefulSet. */
  public readonly statefulSet: ApiObject;
  /** The Service for clients. */
  public readonly clientService: ApiObject;
  /** The headless Service under which members find each other, ready or not. */
  public readonly nodesService: ApiObject;
  /** The pods' ServiceAccount, which may do nothing. */
  public readonly serviceAccount: ApiObject;
  /** The ConfigMap with start.sh. */
  public readonly startScript: ApiObject;
  /** The ConfigMap that tells clients how to connect. */
  public readonly connection: ApiObject;
  /** Who may reach the members, and whom they may reach. */
  public readonly networkPolicy: ApiObject;
  /** How many members a drain may take at a time; none for a single node. */
  public readonly disruptionBudget?: ApiObject;
  /** The StorageClass, where the storage brings one of its own. */
  public readonly storageClass?: ApiObject;

  private readonly identity: Identity;
  private readonly size: number;
  private readonly storage: EventStoreStorage;
  private readonly security: EventStoreSecurity;

  constructor(scope: Construct, id: string, props: EventStoreClusterProps = {}) {
    super(scope, id);
    this.name = props.name ?? id;
    this.size = props.nodes ?? 3;
    this.storage = props.storage ?? EventStoreStorage.podStorage();
    this.release = props.release ?? EventStoreRelease.of(EventStoreRelease.DEFAULT_LINE);
    this.security = props.security ?? EventStoreSecurity.insecure();
    requireNodes(this.size);
    requireCpu('cpuRequest', props.resources?.cpuRequest);
    requireCpu('cpuLimit', props.resources?.cpuLimit);
    requireName('cluster name', this.name, LONGEST_SUFFIX);
    requireSyntax('secret name', props.licenseSecretName);
    for (const namespace of props.clientNamespaces ?? []) requireName('client namespace', namespace);
    this.namespace = requireNamespace(this);
    this.identity = memberIdentity(this.name);
    this.clientHost = serviceHost(this.name, this.namespace);
    this.secure = this.security.isSecure;
    this.caSecretName = this.security.caSecretName;
    this.atomPub = props.settings?.atomPub ?? true;
    this.connectionScheme = this.release.connectionScheme;
    this.memberLabels = selectorLabels(this.identity);
    this.members = Array.from({ length: this.size }, (_, index) => this.memberNames(`${this.name}-${index + 1}`));
    const context = storageContext(this.name, this.namespace, this.release);
    requireUnique(this, this.size, this.storage._kind, context);
    const options = this.serverOptions(props);

    this.serviceAccount = this.makeServiceAccount();
    this.startScript = this.makeStartScript();
    this.nodesService = this.makeNodesService();
    this.clientService = this.makeClientService();
    this.networkPolicy = this.makeNetworkPolicy(props);
    this.disruptionBudget = this.makeDisruptionBudget();
    this.storageClass = this.makeStorageClass(context);
    this.statefulSet = this.makeStatefulSet(props, options, context);
    this.connectionString = connectionString(this);
    this.connection = this.makeConnection();
    for (let ordinal = 1; ordinal <= this.size; ordinal++) this.nodes.push(this.makeNode(ordinal));
    warnAbout(this, this.size, this.storage._kind, props);
  }

  private makeServiceAccount(): ApiObject {
    return namespaced(
      this,
      'ServiceAccount',
      k8s.KubeServiceAccount.manifest({ metadata: this.metadata(), automountServiceAccountToken: false }),
    );
  }

  private makeStartScript(): ApiObject {
    const data = { [SCRIPT]: START_SCRIPT };
    const name = `${this.name}-start-${contentHash(data)}`;
    return namespaced(this, 'Start', k8s.KubeConfigMap.manifest({ metadata: this.metadata(name), data }));
  }

  private makeNodesService(): ApiObject {
    return namespaced(
      this,
      'Nodes',
      k8s.KubeService.manifest({
        metadata: this.metadata(this.nodesServiceName),
        spec: {
          clusterIp: 'None',
          // members must find each other before any is ready: ready means there is a leader
          publishNotReadyAddresses: true,
          selector: selectorLabels(this.identity),
          ports: [
            { name: 'http', port: HTTP_PORT },
            { name: 'replication', port: REPLICATION_PORT },
          ],
        },
      }),
    );
  }

  private makeClientService(): ApiObject {
    return namespaced(
      this,
      'Clients',
      k8s.KubeService.manifest({
        metadata: this.metadata(),
        spec: { selector: this.clientServiceLabel, ports: [{ name: 'http', port: HTTP_PORT }] },
      }),
    );
  }

  private makeNetworkPolicy(props: EventStoreClusterProps): ApiObject {
    const policy = memberPolicy({
      members: selectorLabels(this.identity),
      clients: clientLabel(this.name),
      namespaces: props.clientNamespaces ?? [],
      outside: props.licenseSecretName !== undefined || props.settings?.telemetry === true,
    });
    return namespaced(
      this,
      'NetworkPolicy',
      k8s.KubeNetworkPolicy.manifest({ metadata: this.metadata(), spec: policy }),
    );
  }

  private makeDisruptionBudget(): ApiObject | undefined {
    if (this.size === 1) return undefined;
    return namespaced(
      this,
      'DisruptionBudget',
      k8s.KubePodDisruptionBudget.manifest({
        metadata: this.metadata(),
        spec: {
          maxUnavailable: k8s.IntOrString.fromNumber((this.size - 1) / 2),
          // on pod storage a member that is not ready still holds a copy, and an eviction would take it
          unhealthyPodEvictionPolicy: this.storage.outlivesPod ? 'AlwaysAllow' : 'IfHealthyBudget',
          selector: { matchLabels: selectorLabels(this.identity) },
        },
      }),
    );
  }

  private makeStorageClass(context: StorageContext): ApiObject | undefined {
    const storageClass = this.storage._kind.storageClass?.(context);
    return storageClass && clusterScoped(this, 'StorageClass', k8s.KubeStorageClass.manifest(storageClass));
  }

  private makeStatefulSet(
    props: EventStoreClusterProps,
    options: Record<string, string>,
    context: StorageContext,
  ): ApiObject {
    const claim = this.storage._kind.claim?.(context);
    return namespaced(
      this,
      'Resource',
      k8s.KubeStatefulSet.manifest({
        metadata: this.metadata(),
        spec: {
          replicas: this.size,
          ordinals: { start: 1 },
          serviceName: this.nodesServiceName,
          // a member waits for the others, so they must start together
          podManagementPolicy: 'Parallel',
          selector: { matchLabels: selectorLabels(this.identity) },
          template: memberPod({
            ...props,
            release: this.release,
            options,
            labels: { ...objectLabels(this.identity, this.name), ...this.clientServiceLabel },
            selector: selectorLabels(this.identity),
            serviceAccount: this.name,
            startConfigMap: this.startScript.name,
            storageKind: this.storage._kind,
            securityParts: this.security._parts,
            secure: this.secure,
            advertised: this.advertisedByPod,
          }),
          ...(claim && { volumeClaimTemplates: [{ metadata: { name: DATA }, spec: claim }] }),
        },
      }),
    );
  }

  private makeConnection(): ApiObject {
    return namespaced(
      this,
      'Connection',
      k8s.KubeConfigMap.manifest({
        metadata: this.metadata(`${this.name}-connection`),
        data: connectionData(this, this.clientHost),
      }),
    );
  }

  private makeNode(ordinal: number): EventStoreNode {
    return new EventStoreNode(this, `${this.name}-${ordinal}`, {
      cluster: this.name,
      ordinal,
      nodesService: this.nodesServiceName,
      storage: this.storage,
      release: this.release,
    });
  }

  private serverOptions(props: EventStoreClusterProps): Record<string, string> {
    return serverOptions({
      release: this.release,
      settings: props.settings ?? {},
      extraSettings: props.extraSettings ?? {},
      onSmb: this.storage._kind.smb ?? false,
      secure: this.secure,
      licensed: props.licenseSecretName !== undefined,
      own: {
        ...this.security._parts.options,
        ...memberOptions(this.members, this.advertisedByPod),
      },
    });
  }

  private memberNames(pod: string): FrontendMember {
    return {
      address: `${serviceHost(pod, this.namespace)}:${HTTP_PORT}`,
      advertised: `${advertisedName(pod, this.nodesServiceName, this.namespace)}:${HTTP_PORT}`,
    };
  }

  /** What a member advertises, as Kubernetes fills it in from the pod's name. */
  private get advertisedByPod(): string {
    return advertisedName('$(POD_NAME)', this.nodesServiceName, this.namespace);
  }

  private get nodesServiceName(): string {
    return `${this.name}-nodes`;
  }

  /** Two Services never have one selector (AKS Automatic refuses that), so clients get a label of their own. */
  private get clientServiceLabel(): { [key: string]: string } {
    return { 'cdk8s-eventstore/service': this.name };
  }

  private metadata(name = this.name): k8s.ObjectMeta {
    return { name, labels: objectLabels(this.identity, this.name) };
  }
}
