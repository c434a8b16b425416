#!/usr/bin/env bash
#
# Azure Files for the database cluster es, 3 members.
# Printed by "npm run azure": read it, then run it with bash.
#
# It makes what is missing:
#   resource group   eventstore in westeurope
#   AKS cluster      es-aks, 3 machines, and its entry in your kubeconfig
#   storage account  with a name of its own: SSD, three zones, deleted shares kept for 14 days
#   shares           esdisk-1 to esdisk-3, 100 GiB, NFS
# and leaves alone what is there: a second run changes nothing, a larger share stays as large, nothing is deleted.
#
# What it costs: an SSD share is billed for its size, used or not, until it is deleted:
#   3 x 100 = 300 GiB   https://azure.microsoft.com/pricing/details/storage/files/
#   3 machines with disks, a load balancer, the standard tier of the control plane, by the hour
#   https://azure.microsoft.com/pricing/details/kubernetes-service/
#
# It needs az, signed in and on the right subscription (az login, az account set).
set -euo pipefail

resource_group='eventstore'
location='westeurope'
sku='Premium_ZRS' # Premium_LRS where the region has no zones
share_prefix='esdisk-'
share_gib=100
nodes=3
protocol='NFS'
aks='es-aks'

say() { printf '%s\n' "$*"; }
stop() {
  printf 'stopped: %s\n' "$*" >&2
  exit 1
}

# Where this goes.
command -v az >/dev/null || stop 'az is not installed'
command -v kubectl >/dev/null || stop 'kubectl is not installed'
command -v base64 >/dev/null || stop 'base64 is not installed'
subscription=$(az account show --query id --output tsv)
say "Azure subscription: $subscription"
context=$aks
say "Kubernetes context: $context"

# Resource group: everything is in it, and is deleted with it.
found=$(az group exists --name "$resource_group")
if [ "$found" = true ]; then
  say "resource group $resource_group: is there"
else
  az group create --name "$resource_group" --location "$location" --output none
  say "resource group $resource_group: made"
fi

# Kubernetes. Standard tier: a promised uptime of the API server. Zones: one zone's loss takes one member.
# Cilium: without a policy engine AKS does not enforce the NetworkPolicies of the database.
found=$(az aks list --resource-group "$resource_group" --query "[?name=='$aks'].name" --output tsv)
if [ -n "$found" ]; then
  say "AKS cluster $aks: is there, left as it is"
else
  say "AKS cluster $aks: is being made, this takes some minutes"
  az aks create --resource-group "$resource_group" --name "$aks" --location "$location" \
    --tier standard --enable-managed-identity --no-ssh-key \
    --node-count 3 --zones 1 2 3 \
    --network-plugin azure --network-plugin-mode overlay --network-dataplane cilium \
    --output none
fi
# The context is named like the cluster; --overwrite-existing, because az asks a question otherwise.
az aks get-credentials --resource-group "$resource_group" --name "$aks" --context "$aks" --overwrite-existing

# Storage account: FileStorage with a Premium sku is the kind with SSD shares.
# Its name must be unique in all of Azure and the same on every run: a digest of resource group, namespace and cluster,
# then the subscription's id as far as 24 characters go.
digits=$(printf '%s' "$subscription" | tr -d -)
[[ $digits =~ ^[0-9a-f]{32}$ ]] || stop "az account show gave no subscription id: $subscription"
account=esf463904f${digits:0:14}
found=$(az storage account list --resource-group "$resource_group" \
  --query "[?name=='$account'].join('/', [kind, sku.name, to_string(enableHttpsTrafficOnly)])" --output tsv)
case $found in
'')
  # Whoever reaches the account over the network may mount over NFS, so at first nobody reaches it. And NFS without TLS,
  # which is what the volumes use, is refused while secure transfer is required.
  az storage account create --resource-group "$resource_group" --name "$account" --location "$location" \
    --kind FileStorage --sku "$sku" --https-only false --default-action Deny \
    --min-tls-version TLS1_2 --allow-blob-public-access false --output none
  say "storage account $account: made"
  ;;
FileStorage/Premium*/false) say "storage account $account: is there" ;;
FileStorage/Premium*/*) stop "storage account $account requires secure transfer, which refuses NFS without TLS" ;;
*) stop "storage account $account has no SSD shares ($found): give another one" ;;
esac

# Network: the machines' subnet may mount. It needs the service endpoint Microsoft.Storage first (docs/azure.md).
if [ -n "${NODE_SUBNET_ID:-}" ]; then
  az storage account network-rule add --resource-group "$resource_group" --account-name "$account" \
    --subnet "$NODE_SUBNET_ID" --output none
  say "network: $NODE_SUBNET_ID may mount"
else
  say "network: left as it is. To let machines mount: NODE_SUBNET_ID=... bash azure.sh, or a private endpoint"
fi

# Soft delete: a share deleted by mistake can be brought back for 14 days. A longer time that was set stays.
days=$(az storage account file-service-properties show --resource-group "$resource_group" --account-name "$account" \
  --query "shareDeleteRetentionPolicy.enabled && shareDeleteRetentionPolicy.days || \`0\`" --output tsv)
if [ "$days" -lt 14 ]; then
  az storage account file-service-properties update --resource-group "$resource_group" --account-name "$account" \
    --enable-delete-retention true --delete-retention-days 14 --output none
  say "soft delete: 14 days"
else
  say "soft delete: $days days already"
fi

# Shares, one for each member. They grow and never shrink.
for ((i = 1; i <= nodes; i++)); do
  share=$share_prefix$i
  found=$(az storage share-rm list --resource-group "$resource_group" --storage-account "$account" \
    --query "[?name=='$share'].join('/', [to_string(shareQuota), enabledProtocols || 'SMB'])" --output tsv)
  gib=${found%/*}
  if [ -z "$found" ]; then
    az storage share-rm create --resource-group "$resource_group" --storage-account "$account" --name "$share" \
      --quota "$share_gib" --enabled-protocols "$protocol" --output none
    say "share $share: made, $share_gib GiB"
  elif [ "${found#*/}" != "$protocol" ]; then
    stop "share $share is for ${found#*/}, not $protocol, and that cannot be changed: choose another share prefix"
  elif [ "$gib" -lt "$share_gib" ]; then
    az storage share-rm update --resource-group "$resource_group" --storage-account "$account" --name "$share" \
      --quota "$share_gib" --output none
    say "share $share: grown from $gib to $share_gib GiB"
  else
    say "share $share: is there, $gib GiB"
  fi
done

say
say "Next:"
say "  npm run synth -- --nodes 3 --storage azurefile --protocol nfs --resource-group $resource_group --storage-account $account"
say "  kubectl --context $context apply -f dist/"
