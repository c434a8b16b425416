import { EventStoreError } from '../lib/errors';
import { requireSyntax as requireKnownSyntax } from '../lib/eventstore/azure-names';
import { requireNodes } from '../lib/eventstore/cluster-rules';
import { requireName } from '../lib/kubernetes/names';

/** What `azureScript` makes shares for. */
export interface AzureScriptOptions {
  /** Members of the cluster: one share each. */
  readonly nodes: number;
  /** The cluster's name. */
  readonly name: string;
  /** The cluster's namespace. */
  readonly namespace: string;
  /** What the shares' names start with; the member's number follows. */
  readonly sharePrefix: string;
  /** The Secret for the driver; SMB only. */
  readonly secretName: string;
  readonly resourceGroup: string;
  readonly location: string;
  /** Made up by the script, the same on every run, when it is not given. */
  readonly storageAccount?: string;
  readonly protocol: 'smb' | 'nfs';
  /** The size of a share. A share that is larger already is left alone. */
  readonly sizeGib: number;
  /** Makes the Kubernetes cluster, too. */
  readonly aks?: AksOptions;
}

/** The AKS cluster that `azureScript` makes. */
export interface AksOptions {
  readonly name: string;
  readonly nodeCount: number;
  readonly vmSize?: string;
  readonly kubernetesVersion?: string;
}

export const AZURE_SCRIPT_DEFAULTS = {
  nodes: 3,
  name: 'es',
  namespace: 'eventstore',
  sharePrefix: 'esdisk-',
  secretName: 'azure-secret',
  resourceGroup: 'eventstore',
  location: 'westeurope',
  protocol: 'smb',
  sizeGib: 100,
} as const satisfies AzureScriptOptions;

/** Throws ES101, ES102, ES103, ES206 or ES207 for what Kubernetes or Azure refuses, or what a shell could misread. */
export function requireAzureScriptOptions(options: AzureScriptOptions): void {
  const { nodes, sharePrefix, sizeGib } = options;
  requireNodes(nodes);
  requireName('name', options.name);
  requireName('namespace', options.namespace);
  requireKnownSyntax('share name', `${sharePrefix}${nodes}`);
  requireKnownSyntax('secret name', options.secretName);
  requireKnownSyntax('resource group', options.resourceGroup);
  requireSyntax('location', options.location);
  requireKnownSyntax('storage account', options.storageAccount);
  requireSyntax('protocol', options.protocol);
  if (!Number.isInteger(sizeGib) || sizeGib < 100 || sizeGib > 102_400) {
    throw new EventStoreError(
      'ES207',
      `size must be 100 to 102400 whole GiB, got ${sizeGib}: a premium share of Azure Files has at least 100 GiB`,
    );
  }
  if (!options.aks) return;
  requireSyntax('AKS cluster', options.aks.name);
  requireSyntax('AKS node count', String(options.aks.nodeCount));
  requireSyntax('AKS vm size', options.aks.vmSize);
  requireSyntax('Kubernetes version', options.aks.kubernetesVersion);
}

/** What else Azure accepts, and how to say it. No pattern lets a quote, a blank or a line break through. */
const SYNTAX = {
  location: [/^[a-z0-9]{2,40}$/, 'a name from "az account list-locations", e.g. westeurope'],
  protocol: [/^(smb|nfs)$/, 'smb or nfs'],
  'AKS cluster': [/^[a-zA-Z0-9]([-\w]{0,61}[a-zA-Z0-9])?$/, '1 to 63 letters, digits, "-" and "_", no sign at an end'],
  'AKS node count': [/^([1-9]\d{0,2}|1000)$/, 'a whole number from 1 to 1000'],
  'AKS vm size': [/^\w{3,64}$/, 'a name from "az aks list-vm-skus", e.g. Standard_D4s_v5'],
  'Kubernetes version': [/^\d+\.\d+(\.\d+)?$/, 'a version from "az aks get-versions", e.g. 1.34'],
} as const satisfies Record<string, readonly [RegExp, string]>;

function requireSyntax(what: keyof typeof SYNTAX, value: string | undefined): void {
  const [pattern, allowed] = SYNTAX[what];
  if (value !== undefined && !pattern.test(value)) {
    throw new EventStoreError('ES206', `${what} must be ${allowed}, got ${JSON.stringify(value)}`);
  }
}
