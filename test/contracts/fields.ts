import type { Manifest } from '../helpers';
import type { Contract, World } from './world';

/** The fields of an object: `true` where anything may stand, a shape for what is within, lists item by item. */
interface Shape {
  readonly [field: string]: true | Shape;
}

const fields = (names: string): Shape => Object.fromEntries(names.split(' ').map((name) => [name, true]));

const PROBE: Shape = {
  ...fields('periodSeconds timeoutSeconds failureThreshold successThreshold initialDelaySeconds'),
  httpGet: fields('path port scheme httpHeaders'),
  tcpSocket: fields('port'),
  exec: fields('command'),
  grpc: fields('port service'),
};

const CONTAINER: Shape = {
  ...fields('name image imagePullPolicy command args workingDir'),
  env: {
    ...fields('name value'),
    valueFrom: {
      fieldRef: fields('apiVersion fieldPath'),
      secretKeyRef: fields('name key optional'),
      configMapKeyRef: fields('name key'),
      resourceFieldRef: true,
    },
  },
  envFrom: true,
  ports: fields('name containerPort protocol'),
  resources: { requests: true, limits: true },
  securityContext: fields('allowPrivilegeEscalation capabilities readOnlyRootFilesystem'),
  volumeMounts: fields('name mountPath readOnly subPath'),
  lifecycle: { postStart: { exec: fields('command') }, preStop: { exec: fields('command'), sleep: fields('seconds') } },
  startupProbe: PROBE,
  livenessProbe: PROBE,
  readinessProbe: PROBE,
};

const SELECTOR: Shape = { matchLabels: true };
const METADATA = fields('name namespace labels annotations');

const POD: Shape = {
  ...fields('serviceAccountName automountServiceAccountToken enableServiceLinks terminationGracePeriodSeconds'),
  ...fields('nodeSelector priorityClassName restartPolicy subdomain hostname affinity'),
  tolerations: fields('key operator effect tolerationSeconds'),
  containers: CONTAINER,
  initContainers: CONTAINER,
  dnsConfig: { options: fields('name value') },
  securityContext: true,
  topologySpreadConstraints: { ...fields('maxSkew topologyKey whenUnsatisfiable'), labelSelector: SELECTOR },
  volumes: {
    name: true,
    emptyDir: fields('sizeLimit'),
    configMap: { ...fields('name defaultMode'), items: fields('key path') },
    secret: { ...fields('secretName defaultMode'), items: fields('key path mode') },
    projected: {
      defaultMode: true,
      sources: {
        serviceAccountToken: fields('path expirationSeconds'),
        configMap: { name: true, items: fields('key path') },
      },
    },
    downwardAPI: true,
    persistentVolumeClaim: fields('claimName readOnly'),
  },
};

const TEMPLATE: Shape = { metadata: fields('labels annotations'), spec: POD };
const CLAIM: Shape = {
  ...fields('accessModes storageClassName volumeMode volumeName'),
  resources: { requests: fields('storage') },
  selector: SELECTOR,
};
const PEER: Shape = { podSelector: SELECTOR, namespaceSelector: SELECTOR, ipBlock: fields('cidr except') };
const PORTS = fields('port protocol');

const RIGHTS: Shape = { rules: fields('apiGroups resources resourceNames verbs') };
const BINDING: Shape = { roleRef: fields('apiGroup kind name'), subjects: fields('kind name namespace') };

/** What each kind holds here. Kubernetes knows more; whoever needs another field adds it, and says how it is checked. */
const KINDS: Record<string, Shape> = {
  Namespace: {},
  ServiceAccount: fields('automountServiceAccountToken'),
  ConfigMap: { data: true },
  Service: {
    spec: {
      ...fields('type selector clusterIP publishNotReadyAddresses externalTrafficPolicy internalTrafficPolicy'),
      ...fields('loadBalancerSourceRanges'),
      ports: fields('name port targetPort protocol'),
    },
  },
  StatefulSet: {
    spec: {
      ...fields('replicas serviceName podManagementPolicy minReadySeconds revisionHistoryLimit'),
      ordinals: fields('start'),
      selector: SELECTOR,
      updateStrategy: { type: true, rollingUpdate: fields('partition maxUnavailable') },
      template: TEMPLATE,
      volumeClaimTemplates: { metadata: METADATA, spec: CLAIM },
    },
  },
  Deployment: {
    spec: {
      ...fields('replicas minReadySeconds revisionHistoryLimit progressDeadlineSeconds'),
      strategy: { type: true, rollingUpdate: fields('maxSurge maxUnavailable') },
      selector: SELECTOR,
      template: TEMPLATE,
    },
  },
  Job: {
    spec: {
      ...fields('backoffLimit activeDeadlineSeconds completionMode completions parallelism'),
      template: TEMPLATE,
    },
  },
  Role: RIGHTS,
  ClusterRole: RIGHTS,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  PodDisruptionBudget: {
    spec: { ...fields('maxUnavailable minAvailable unhealthyPodEvictionPolicy'), selector: SELECTOR },
  },
  NetworkPolicy: {
    spec: {
      podSelector: SELECTOR,
      policyTypes: true,
      ingress: { from: PEER, ports: PORTS },
      egress: { to: PEER, ports: PORTS },
    },
  },
  PersistentVolume: {
    spec: {
      ...fields('accessModes mountOptions persistentVolumeReclaimPolicy storageClassName volumeMode'),
      capacity: fields('storage'),
      claimRef: fields('apiVersion kind name namespace'),
      csi: {
        ...fields('driver volumeHandle readOnly'),
        volumeAttributes: fields('protocol shareName storageAccount resourceGroup server'),
        nodeStageSecretRef: fields('name namespace'),
      },
    },
  },
  PersistentVolumeClaim: { spec: CLAIM },
  StorageClass: {
    ...fields('provisioner reclaimPolicy allowVolumeExpansion volumeBindingMode mountOptions'),
    parameters: fields('protocol skuName'),
  },
};

/** A misspelt field is a field that Kubernetes drops in silence; and nothing is set that nobody checks. */
export const knownFields: Contract = (world) => {
  for (const object of world.manifests) {
    const shape = KINDS[object.kind];
    if (!shape) continue;
    walk(world, object, object, { apiVersion: true, kind: true, metadata: METADATA, ...shape }, []);
  }
};

function walk(world: World, object: Manifest, part: Manifest, shape: Shape, path: string[]): void {
  if (Array.isArray(part)) {
    for (const item of part) walk(world, object, item, shape, path);
    return;
  }
  if (!world.expect(part && typeof part === 'object', 'fields', object, `${path.join('.')} must hold fields`)) return;
  for (const [field, value] of Object.entries(part)) {
    const inner = shape[field];
    world.expect(inner, 'fields', object, `${[...path, field].join('.')} is no field that is used here`);
    if (inner && inner !== true) walk(world, object, value, inner, [...path, field]);
  }
}
