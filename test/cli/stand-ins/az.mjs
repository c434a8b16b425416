import { main, Refused, UsageError } from './command-line.mjs';
import { accountKey } from './key.mjs';

// Stands in for the Azure CLI. Whatever is made anew must not be there yet: the real commands would replace it.

const subscription = '0b1f6471-1bf0-4dda-aec3-cb9272f09590';

const COMMANDS = {
  'account show': (flags) => ask(flags, { id: subscription }),

  'group exists': (flags, { groups }) => String(flags['--name'] in groups),

  'group create': (flags, { groups }) => {
    refuseIf(flags['--name'] in groups, 'the group is there: this would change it');
    groups[flags['--name']] = { location: flags['--location'], accounts: {}, aks: {} };
  },

  'storage account list': (flags, state) =>
    ask(
      flags,
      Object.entries(group(flags, state).accounts).map(([name, account]) => ({ name, ...account })),
    ),

  'storage account create': (flags, state) => {
    const account = flags['--name'];
    const taken = Object.values(state.groups).some(({ accounts }) => account in accounts);
    refuseIf(taken || state.takenByOthers?.includes(account), `The storage account named ${account} is already taken.`);
    refuseIf(!/^[a-z0-9]{3,24}$/.test(account), `${account} is not a valid storage account name.`);
    group(flags, state).accounts[account] = {
      kind: flags['--kind'],
      sku: flags['--sku'],
      location: flags['--location'],
      enableHttpsTrafficOnly: flags['--https-only'] === 'true',
      defaultAction: flags['--default-action'] ?? 'Allow',
      blobPublicAccess: flags['--allow-blob-public-access'],
      minTls: flags['--min-tls-version'],
      subnets: [],
      // what new accounts have
      softDelete: { enabled: true, days: 7 },
      shares: {},
    };
  },

  'storage account keys list': (flags, state) => {
    const { keyGeneration } = account(flags, state);
    const key = (name) => ({ keyName: name, value: accountKey(flags['--account-name'], name, keyGeneration) });
    return ask(flags, [key('key1'), key('key2')]);
  },

  'storage account network-rule add': (flags, state) => {
    const { subnets } = account(flags, state);
    refuseIf(!/^\/subscriptions\/.+\/subnets\/.+$/.test(flags['--subnet']), 'Expected fully qualified resource ID');
    if (!subnets.includes(flags['--subnet'])) subnets.push(flags['--subnet']);
  },

  'storage account file-service-properties show': (flags, state) => ask(flags, account(flags, state).softDelete),

  'storage account file-service-properties update': (flags, state) => {
    account(flags, state).softDelete = {
      enabled: flags['--enable-delete-retention'] === 'true',
      days: Number(flags['--delete-retention-days']),
    };
  },

  'storage share-rm list': (flags, state) =>
    ask(
      flags,
      Object.entries(account(flags, state).shares).map(([name, share]) => ({ name, ...share })),
    ),

  'storage share-rm create': (flags, state) => {
    const { shares, enableHttpsTrafficOnly, kind } = account(flags, state);
    const protocol = flags['--enabled-protocols'] ?? 'SMB';
    refuseIf(flags['--name'] in shares, 'the share is there: this would change it');
    refuseIf(kind !== 'FileStorage', 'The account has no SSD shares.');
    refuseIf(Number(flags['--quota']) < 100, 'A premium share has at least 100 GiB.');
    refuseIf(protocol === 'NFS' && enableHttpsTrafficOnly, 'NFS needs secure transfer off.');
    shares[flags['--name']] = { shareQuota: Number(flags['--quota']), enabledProtocols: protocol };
  },

  'storage share-rm update': (flags, state) => {
    const share = account(flags, state).shares[flags['--name']];
    refuseIf(!share, 'The specified share does not exist.');
    refuseIf(Number(flags['--quota']) <= share.shareQuota, 'this would not make the share larger');
    share.shareQuota = Number(flags['--quota']);
  },

  'aks list': (flags, state) =>
    ask(
      flags,
      Object.keys(group(flags, state).aks).map((name) => ({ name })),
    ),

  'aks create': (flags, state) => {
    const { aks } = group(flags, state);
    refuseIf(flags['--name'] in aks, 'the cluster is there: this would change it');
    aks[flags['--name']] = Object.fromEntries(Object.entries(flags).filter(([flag]) => flag !== '--output'));
  },

  'aks get-credentials': (flags, state) => {
    refuseIf(!(flags['--name'] in group(flags, state).aks), 'The cluster was not found.');
    const context = flags['--context'] ?? flags['--name'];
    state.contexts ??= {};
    refuseIf(context in state.contexts && !flags['--overwrite-existing'], 'NoTTYException: Overwrite? (y/n)');
    state.contexts[context] ??= { namespaces: {} };
    state.currentContext = context;
  },
};

function group(flags, { groups }) {
  const name = flags['--resource-group'];
  refuseIf(!(name in groups), `(ResourceGroupNotFound) Resource group '${name}' could not be found.`);
  return groups[name];
}

function account(flags, state) {
  const name = flags['--account-name'] ?? flags['--storage-account'];
  const found = group(flags, state).accounts[name];
  refuseIf(!found, `(ResourceNotFound) The storage account ${name} was not found.`);
  return found;
}

function refuseIf(wrong, message) {
  if (wrong) throw new Refused(message);
}

/**
 * The queries of the script. What each prints was seen from azure-cli 2.91.0 over a copy of Azure's answers, so a
 * query that is not here has not been seen.
 */
const QUERIES = [
  [/^id$/, ({ id }) => [id]],
  [/^\[\?name=='([^']*)'\]\.name$/, (list, name) => named(list, name).map((one) => one.name)],
  [
    /^\[\?name=='([^']*)'\]\.join\('\/', \[kind, sku\.name, to_string\(enableHttpsTrafficOnly\)\]\)$/,
    (list, name) => named(list, name).map((one) => `${one.kind}/${one.sku}/${one.enableHttpsTrafficOnly}`),
  ],
  [
    /^\[\?name=='([^']*)'\]\.join\('\/', \[to_string\(shareQuota\), enabledProtocols \|\| 'SMB'\]\)$/,
    (list, name) => named(list, name).map((one) => `${one.shareQuota}/${one.enabledProtocols ?? 'SMB'}`),
  ],
  [
    /^shareDeleteRetentionPolicy\.enabled && shareDeleteRetentionPolicy\.days \|\| `0`$/,
    ({ enabled, days }) => [String((enabled && days) || 0)],
  ],
  [
    /^\[\?keyName=='([^']*)'\]\.value$/,
    (list, name) => list.filter((one) => one.keyName === name).map((one) => one.value),
  ],
];

function ask(flags, answer) {
  const query = flags['--query'] ?? '';
  if (flags['--output'] !== 'tsv') throw new UsageError('only --output tsv is read');
  for (const [pattern, select] of QUERIES) {
    const match = pattern.exec(query);
    if (match) return select(answer, match[1]).join('\n');
  }
  throw new UsageError(`unknown query ${query}`);
}

function named(list, name) {
  return list.filter((one) => one.name === name);
}

main('az', ({ name, flags }, state) => {
  if (state.signedOut) throw new Refused("Please run 'az login' to setup account.");
  return COMMANDS[name](flags, state);
});
