import { createHash } from 'node:crypto';
import {
  type AksOptions,
  AZURE_SCRIPT_DEFAULTS,
  type AzureScriptOptions,
  requireAzureScriptOptions,
} from './azure-options';

export { type AksOptions, AZURE_SCRIPT_DEFAULTS, type AzureScriptOptions };

/**
 * A bash script that makes the Azure Files shares of a cluster, to be read before it is run. It only ever adds: run
 * twice, the second run changes nothing.
 *
 * Throws ES101, ES102, ES103, ES206 and ES207: nothing reaches the script that its shell could take for a command.
 */
export function azureScript(options: AzureScriptOptions): string {
  requireAzureScriptOptions(options);
  return [
    header(options),
    variables(options),
    whereThisGoes(options),
    resourceGroup(),
    ...(options.aks ? [kubernetes(options.aks)] : []),
    storageAccount(options),
    ...(options.protocol === 'nfs' ? [network()] : []),
    softDelete(),
    shares(),
    ...(options.protocol === 'smb' ? [namespace(), secret()] : []),
    next(options),
  ].join('');
}

function header(options: AzureScriptOptions): string {
  const { nodes, sharePrefix, sizeGib, aks } = options;
  const names = nodes === 1 ? `${sharePrefix}1` : `${sharePrefix}1 to ${sharePrefix}${nodes}`;
  const lines = [
    `Azure Files for the database cluster ${options.name}, ${count(nodes, 'member')}.`,
    'Printed by "npm run azure": read it, then run it with bash.',
    '',
    'It makes what is missing:',
    `  resource group   ${options.resourceGroup} in ${options.location}`,
    ...(aks
      ? [`  AKS cluster      ${aks.name}, ${count(aks.nodeCount, 'machine')}, and its entry in your kubeconfig`]
      : []),
    `  storage account  ${options.storageAccount ?? 'with a name of its own'}: SSD, three zones, deleted shares kept for 14 days`,
    `  shares           ${names}, ${sizeGib} GiB, ${options.protocol.toUpperCase()}`,
    ...(options.protocol === 'smb'
      ? [`  in Kubernetes    namespace ${options.namespace}, Secret ${options.secretName}`]
      : []),
    'and leaves alone what is there: a second run changes nothing, a larger share stays as large, nothing is deleted.',
    '',
    'What it costs: an SSD share is billed for its size, used or not, until it is deleted:',
    `  ${nodes} x ${sizeGib} = ${nodes * sizeGib} GiB   https://azure.microsoft.com/pricing/details/storage/files/`,
    ...(aks
      ? [
          `  ${count(aks.nodeCount, 'machine')} with disks, a load balancer, the standard tier of the control plane, by the hour`,
          '  https://azure.microsoft.com/pricing/details/kubernetes-service/',
        ]
      : []),
    '',
    'It needs az, signed in and on the right subscription (az login, az account set).',
    ...(needsKubectl(options) && !aks
      ? [
          'It needs kubectl with the cluster that will run the database as its current context; another context:',
          '  KUBE_CONTEXT=other bash azure.sh',
        ]
      : []),
  ];
  const comment = lines.map((line) => `# ${line}`.trimEnd()).join('\n');
  return `#!/usr/bin/env bash\n#\n${comment}\nset -euo pipefail\n`;
}

function variables(options: AzureScriptOptions): string {
  const { aks } = options;
  return `
resource_group=${quote(options.resourceGroup)}
location=${quote(options.location)}
sku='Premium_ZRS' # Premium_LRS where the region has no zones
share_prefix=${quote(options.sharePrefix)}
share_gib=${options.sizeGib}
nodes=${options.nodes}
protocol=${quote(options.protocol.toUpperCase())}
${aks ? `aks=${quote(aks.name)}\n` : ''}\
${options.protocol === 'smb' ? `namespace=${quote(options.namespace)}\nsecret=${quote(options.secretName)}\n` : ''}
say() { printf '%s\\n' "$*"; }
stop() {
  printf 'stopped: %s\\n' "$*" >&2
  exit 1
}
`;
}

/** Fails before anything is made, and says which subscription and which Kubernetes cluster are meant. */
function whereThisGoes(options: AzureScriptOptions): string {
  const programs = needsKubectl(options) ? ['az', 'kubectl', 'base64'] : ['az'];
  const context = options.aks ? 'context=$aks' : 'context=${KUBE_CONTEXT:-$(kubectl config current-context)}';
  return `
# Where this goes.
${programs.map((program) => `command -v ${program} >/dev/null || stop '${program} is not installed'\n`).join('')}\
subscription=$(az account show --query id --output tsv)
say "Azure subscription: $subscription"
${needsKubectl(options) ? `${context}\nsay "Kubernetes context: $context"\n` : ''}`;
}

function resourceGroup(): string {
  return `
# Resource group: everything is in it, and is deleted with it.
found=$(az group exists --name "$resource_group")
if [ "$found" = true ]; then
  say "resource group $resource_group: is there"
else
  az group create --name "$resource_group" --location "$location" --output none
  say "resource group $resource_group: made"
fi
`;
}

function kubernetes(aks: AksOptions): string {
  const size = aks.vmSize ? ` --node-vm-size ${quote(aks.vmSize)}` : '';
  const version = aks.kubernetesVersion ? ` --kubernetes-version ${quote(aks.kubernetesVersion)}` : '';
  return `
# Kubernetes. Standard tier: a promised uptime of the API server. Zones: one zone's loss takes one member.
# Cilium: without a policy engine AKS does not enforce the NetworkPolicies of the database.
found=$(az aks list --resource-group "$resource_group" --query "[?name=='$aks'].name" --output tsv)
if [ -n "$found" ]; then
  say "AKS cluster $aks: is there, left as it is"
else
  say "AKS cluster $aks: is being made, this takes some minutes"
  az aks create --resource-group "$resource_group" --name "$aks" --location "$location" \\
    --tier standard --enable-managed-identity --no-ssh-key \\
    --node-count ${aks.nodeCount} --zones 1 2 3${size}${version} \\
    --network-plugin azure --network-plugin-mode overlay --network-dataplane cilium \\
    --output none
fi
# The context is named like the cluster; --overwrite-existing, because az asks a question otherwise.
az aks get-credentials --resource-group "$resource_group" --name "$aks" --context "$aks" --overwrite-existing
`;
}

function storageAccount(options: AzureScriptOptions): string {
  const nfs = options.protocol === 'nfs';
  return `
# Storage account: FileStorage with a Premium sku is the kind with SSD shares.
${accountName(options)}\
found=$(az storage account list --resource-group "$resource_group" \\
  --query "[?name=='$account'].join('/', [kind, sku.name, to_string(enableHttpsTrafficOnly)])" --output tsv)
case $found in
'')
${nfs ? `  # Whoever reaches the account over the network may mount over NFS, so at first nobody reaches it. And NFS without TLS,\n  # which is what the volumes use, is refused while secure transfer is required.\n` : ''}\
  az storage account create --resource-group "$resource_group" --name "$account" --location "$location" \\
    --kind FileStorage --sku "$sku" --https-only ${nfs ? 'false --default-action Deny' : 'true'} \\
    --min-tls-version TLS1_2 --allow-blob-public-access false --output none
  say "storage account $account: made"
  ;;
FileStorage/Premium*/${nfs ? 'false' : '*'}) say "storage account $account: is there" ;;
${nfs ? `FileStorage/Premium*/*) stop "storage account $account requires secure transfer, which refuses NFS without TLS" ;;\n` : ''}\
*) stop "storage account $account has no SSD shares ($found): give another one" ;;
esac
`;
}

/**
 * A name that no other subscription, resource group, namespace or cluster makes: two clusters on one share destroy
 * each other's data.
 */
function accountName(options: AzureScriptOptions): string {
  if (options.storageAccount) return `account=${quote(options.storageAccount)}\n`;
  const cluster = createHash('sha256')
    .update([options.resourceGroup.toLowerCase(), options.namespace, options.name].join('/'))
    .digest('hex')
    .slice(0, 8);
  return `# Its name must be unique in all of Azure and the same on every run: a digest of resource group, namespace and cluster,
# then the subscription's id as far as 24 characters go.
digits=$(printf '%s' "$subscription" | tr -d -)
[[ $digits =~ ^[0-9a-f]{32}$ ]] || stop "az account show gave no subscription id: $subscription"
account=es${cluster}\${digits:0:14}
`;
}

function network(): string {
  return `
# Network: the machines' subnet may mount. It needs the service endpoint Microsoft.Storage first (docs/azure.md).
if [ -n "\${NODE_SUBNET_ID:-}" ]; then
  az storage account network-rule add --resource-group "$resource_group" --account-name "$account" \\
    --subnet "$NODE_SUBNET_ID" --output none
  say "network: $NODE_SUBNET_ID may mount"
else
  say "network: left as it is. To let machines mount: NODE_SUBNET_ID=... bash azure.sh, or a private endpoint"
fi
`;
}

function softDelete(): string {
  return `
# Soft delete: a share deleted by mistake can be brought back for 14 days. A longer time that was set stays.
days=$(az storage account file-service-properties show --resource-group "$resource_group" --account-name "$account" \\
  --query "shareDeleteRetentionPolicy.enabled && shareDeleteRetentionPolicy.days || \\\`0\\\`" --output tsv)
if [ "$days" -lt 14 ]; then
  az storage account file-service-properties update --resource-group "$resource_group" --account-name "$account" \\
    --enable-delete-retention true --delete-retention-days 14 --output none
  say "soft delete: 14 days"
else
  say "soft delete: $days days already"
fi
`;
}

function shares(): string {
  return `
# Shares, one for each member. They grow and never shrink.
for ((i = 1; i <= nodes; i++)); do
  share=$share_prefix$i
  found=$(az storage share-rm list --resource-group "$resource_group" --storage-account "$account" \\
    --query "[?name=='$share'].join('/', [to_string(shareQuota), enabledProtocols || 'SMB'])" --output tsv)
  gib=\${found%/*}
  if [ -z "$found" ]; then
    az storage share-rm create --resource-group "$resource_group" --storage-account "$account" --name "$share" \\
      --quota "$share_gib" --enabled-protocols "$protocol" --output none
    say "share $share: made, $share_gib GiB"
  elif [ "\${found#*/}" != "$protocol" ]; then
    stop "share $share is for \${found#*/}, not $protocol, and that cannot be changed: choose another share prefix"
  elif [ "$gib" -lt "$share_gib" ]; then
    az storage share-rm update --resource-group "$resource_group" --storage-account "$account" --name "$share" \\
      --quota "$share_gib" --output none
    say "share $share: grown from $gib to $share_gib GiB"
  else
    say "share $share: is there, $gib GiB"
  fi
done
`;
}

function namespace(): string {
  return `
# Namespace. dist/ has it, too; the Secret needs it now.
found=$(kubectl --context "$context" get namespace "$namespace" --ignore-not-found --output name)
if [ -n "$found" ]; then
  say "namespace $namespace: is there"
else
  kubectl --context "$context" create namespace "$namespace" --save-config
fi
`;
}

function secret(): string {
  return `
# Secret: what the driver mounts the shares with. The key goes from az into a variable of this shell, and through a pipe
# into kubectl: into no file, no argument, no environment, no output. After a key's rotation, run this again;
# STORAGE_KEY=key2 takes the account's second key.
set +x # not even under bash -x
key_name=\${STORAGE_KEY:-key1}
case $key_name in key1 | key2) ;; *) stop "STORAGE_KEY must be key1 or key2, got $key_name" ;; esac
key=$(az storage account keys list --resource-group "$resource_group" --account-name "$account" \\
  --query "[?keyName=='$key_name'].value" --output tsv)
[ -n "$key" ] || stop "storage account $account has no $key_name"
# printf is a part of the shell: its arguments are in no list of processes
account_base64=$(printf '%s' "$account" | base64 | tr -d '\\n')
key_base64=$(printf '%s' "$key" | base64 | tr -d '\\n')
# --server-side: a client-side apply would keep a second copy of the key in an annotation
printf '%s\\n' \\
  'apiVersion: v1' \\
  'kind: Secret' \\
  'type: Opaque' \\
  'metadata:' \\
  "  name: $secret" \\
  "  namespace: $namespace" \\
  'data:' \\
  "  azurestorageaccountname: $account_base64" \\
  "  azurestorageaccountkey: $key_base64" |
  kubectl --context "$context" apply --server-side --force-conflicts --field-manager cdk8s-eventstore --filename -
unset key key_base64
`;
}

function next(options: AzureScriptOptions): string {
  const flag = (name: string, value: string | number, unless?: string | number) =>
    value === unless ? [] : [`--${name} ${value}`];
  const { nodes, name, namespace, sharePrefix, secretName, sizeGib } = options;
  const defaults = AZURE_SCRIPT_DEFAULTS;
  const flags = [
    ...flag('nodes', nodes),
    ...flag('storage', 'azurefile'),
    ...flag('protocol', options.protocol, defaults.protocol),
    `--resource-group ${/[()]/.test(options.resourceGroup) ? "'$resource_group'" : '$resource_group'} --storage-account $account`,
    ...flag('name', name, defaults.name),
    ...flag('namespace', namespace, defaults.namespace),
    ...flag('share-prefix', sharePrefix, defaults.sharePrefix),
    ...(options.protocol === 'smb' ? flag('secret-name', secretName, defaults.secretName) : []),
    ...flag('size', `${sizeGib}Gi`, `${defaults.sizeGib}Gi`),
  ].join(' ');
  const context = needsKubectl(options) ? '--context $context ' : '';
  return `
say
say "Next:"
say "  npm run synth -- ${flags}"
say "  kubectl ${context}apply -f dist/"
`;
}

/** NFS has no key, so nothing has to be in Kubernetes beforehand. */
function needsKubectl(options: AzureScriptOptions): boolean {
  return options.protocol === 'smb' || options.aks !== undefined;
}

/** A word of the shell, whatever is in it. */
function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
