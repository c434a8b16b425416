#!/usr/bin/env bash
#
# Azure Files for the database cluster es, 3 members.
# Printed by "npm run azure": read it, then run it with bash.
#
# It makes what is missing:
#   resource group   eventstore in westeurope
#   storage account  with a name of its own: SSD, three zones, deleted shares kept for 14 days
#   shares           esdisk-1 to esdisk-3, 100 GiB, SMB
#   in Kubernetes    namespace eventstore, Secret azure-secret
# and leaves alone what is there: a second run changes nothing, a larger share stays as large, nothing is deleted.
#
# What it costs: an SSD share is billed for its size, used or not, until it is deleted:
#   3 x 100 = 300 GiB   https://azure.microsoft.com/pricing/details/storage/files/
#
# It needs az, signed in and on the right subscription (az login, az account set).
# It needs kubectl with the cluster that will run the database as its current context; another context:
#   KUBE_CONTEXT=other bash azure.sh
set -euo pipefail

resource_group='eventstore'
location='westeurope'
sku='Premium_ZRS' # Premium_LRS where the region has no zones
share_prefix='esdisk-'
share_gib=100
nodes=3
protocol='SMB'
namespace='eventstore'
secret='azure-secret'

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
context=${KUBE_CONTEXT:-$(kubectl config current-context)}
say "Kubernetes context: $context"

# Resource group: everything is in it, and is deleted with it.
found=$(az group exists --name "$resource_group")
if [ "$found" = true ]; then
  say "resource group $resource_group: is there"
else
  az group create --name "$resource_group" --location "$location" --output none
  say "resource group $resource_group: made"
fi

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
  az storage account create --resource-group "$resource_group" --name "$account" --location "$location" \
    --kind FileStorage --sku "$sku" --https-only true \
    --min-tls-version TLS1_2 --allow-blob-public-access false --output none
  say "storage account $account: made"
  ;;
FileStorage/Premium*/*) say "storage account $account: is there" ;;
*) stop "storage account $account has no SSD shares ($found): give another one" ;;
esac

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

# Namespace. dist/ has it, too; the Secret needs it now.
found=$(kubectl --context "$context" get namespace "$namespace" --ignore-not-found --output name)
if [ -n "$found" ]; then
  say "namespace $namespace: is there"
else
  kubectl --context "$context" create namespace "$namespace" --save-config
fi

# Secret: what the driver mounts the shares with. The key goes from az into a variable of this shell, and through a pipe
# into kubectl: into no file, no argument, no environment, no output. After a key's rotation, run this again;
# STORAGE_KEY=key2 takes the account's second key.
set +x # not even under bash -x
key_name=${STORAGE_KEY:-key1}
case $key_name in key1 | key2) ;; *) stop "STORAGE_KEY must be key1 or key2, got $key_name" ;; esac
key=$(az storage account keys list --resource-group "$resource_group" --account-name "$account" \
  --query "[?keyName=='$key_name'].value" --output tsv)
[ -n "$key" ] || stop "storage account $account has no $key_name"
# printf is a part of the shell: its arguments are in no list of processes
account_base64=$(printf '%s' "$account" | base64 | tr -d '\n')
key_base64=$(printf '%s' "$key" | base64 | tr -d '\n')
# --server-side: a client-side apply would keep a second copy of the key in an annotation
printf '%s\n' \
  'apiVersion: v1' \
  'kind: Secret' \
  'type: Opaque' \
  'metadata:' \
  "  name: $secret" \
  "  namespace: $namespace" \
  'data:' \
  "  azurestorageaccountname: $account_base64" \
  "  azurestorageaccountkey: $key_base64" |
  kubectl --context "$context" apply --server-side --force-conflicts --field-manager cdk8s-eventstore --filename -
unset key key_base64

say
say "Next:"
say "  npm run synth -- --nodes 3 --storage azurefile --resource-group $resource_group --storage-account $account"
say "  kubectl --context $context apply -f dist/"
