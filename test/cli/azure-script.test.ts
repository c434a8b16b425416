import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { AZURE_SCRIPT_DEFAULTS, type AzureScriptOptions, azureScript } from '../../cli/azure-script';
import { FLAGS } from '../../cli/flags';
import { EventStoreError } from '../../lib/errors';
import { needs, tool } from '../tools/tools';

/** The name that the script makes up for the default cluster in the stand-in's subscription. */
const ACCOUNT = 'esf463904f0b1f64711bf04d';
const SUBNET = '/subscriptions/0b1f6471/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function script(options: Partial<AzureScriptOptions> = {}): string {
  return azureScript({ ...AZURE_SCRIPT_DEFAULTS, ...options });
}

interface Call {
  readonly program: string;
  readonly argv: string[];
  readonly command?: string;
  readonly changed?: boolean;
  readonly error?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the stand-ins keep
type State = any;

/** A machine with stand-ins for az and kubectl, and the clouds behind them. */
function machine(state: State = { contexts: { test: { namespaces: {} } }, currentContext: 'test' }) {
  const root = mkdtempSync(join(tmpdir(), 'azure-script-'));
  folders.push(root);
  const [bin, home, cloud] = ['bin', 'home', 'cloud'].map((name) => join(root, name));
  for (const folder of [bin, home, cloud]) mkdirSync(folder);
  for (const name of ['az', 'kubectl']) {
    const program = join(__dirname, 'stand-ins', `${name}.mjs`);
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
  }
  writeFileSync(join(cloud, 'state.json'), JSON.stringify({ groups: {}, ...state }));

  const read = (name: string) => (existsSync(join(cloud, name)) ? readFileSync(join(cloud, name), 'utf8') : '');
  return {
    root,
    state: (): State => JSON.parse(read('state.json')),
    change: (edit: (state: State) => void) => {
      const edited = JSON.parse(read('state.json'));
      edit(edited);
      writeFileSync(join(cloud, 'state.json'), JSON.stringify(edited));
    },
    /** Runs a script; the calls are those of this run. */
    run: (text: string, env: Record<string, string> = {}, bashFlags: string[] = []) => {
      rmSync(join(cloud, 'calls.jsonl'), { force: true });
      writeFileSync(join(root, 'azure.sh'), text);
      const { status, stdout, stderr } = spawnSync('bash', [...bashFlags, join(root, 'azure.sh')], {
        cwd: home,
        encoding: 'utf8',
        env: { PATH: `${bin}:/usr/bin:/bin`, HOME: home, TMPDIR: home, STAND_IN_STATE: cloud, ...env },
      });
      const calls: Call[] = read('calls.jsonl')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      return {
        status,
        stdout,
        stderr,
        calls,
        changes: calls.filter(({ changed }) => changed).map(({ command }) => command),
      };
    },
  };
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function keyOf(account: string, name = 'key1', generation = 0): Promise<string> {
  const { accountKey } = await import('./stand-ins/key.mjs');
  return accountKey(account, name, generation);
}

const digest = async (text: string): Promise<string> => (await import('./stand-ins/key.mjs')).digest(text);

const VARIANTS: Record<string, Partial<AzureScriptOptions>> = {
  default: {},
  'one node': { nodes: 1 },
  'five nodes': { nodes: 5, sizeGib: 1024 },
  nfs: { protocol: 'nfs' },
  aks: { aks: { name: 'es-aks', nodeCount: 3, vmSize: 'Standard_D4s_v5', kubernetesVersion: '1.34' } },
  'nfs with aks': { protocol: 'nfs', aks: { name: 'es-aks', nodeCount: 3 } },
  'all names given': {
    name: 'orders',
    namespace: 'orders-db',
    sharePrefix: 'orders-',
    secretName: 'orders.azure',
    resourceGroup: 'RG_orders.(test)',
    location: 'swedencentral',
    storageAccount: 'ordersdb1',
  },
};

describe('the text', () => {
  it('is what reviewers have read', async () => {
    await expect(script()).toMatchFileSnapshot('golden/azure.sh');
    await expect(script(VARIANTS['nfs with aks'])).toMatchFileSnapshot('golden/azure-nfs-aks.sh');
  });

  it.skipIf(needs('shellcheck')).each(Object.entries(VARIANTS))('passes shellcheck: %s', (_name, options) => {
    const { status, stdout } = spawnSync(tool('shellcheck') ?? '', ['--shell', 'bash', '-'], {
      input: script(options),
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each(Object.entries(VARIANTS))('is for people to read: %s', (_name, options) => {
    const lines = script(options).split('\n');
    expect(lines.filter((line) => line.length > 120 && !line.startsWith('say'))).toEqual([]);
    expect(script(options)).not.toMatch(/undefined|\n\n\n|[ \t]\n/);
    // here-documents and here-strings are temporary files in older shells
    expect(script(options)).not.toContain('<<');
  });

  it('names another account for another resource group, namespace or cluster', () => {
    const names = [{}, { resourceGroup: 'other' }, { namespace: 'other' }, { name: 'other' }].map(
      (options) => /^account=.*$/m.exec(script(options))?.[0],
    );
    expect(new Set(names).size).toBe(4);
    expect(script({ resourceGroup: 'EventStore' })).toContain(names[0]);
  });
});

describe('what it refuses', () => {
  it('every number of nodes but 1, 3, 5 and 7', () => {
    expect(() => script({ nodes: 4 })).toThrow(
      /^ES101 nodes must be 1, 3, 5 or 7, got 4: an even cluster gains no fault tolerance$/,
    );
    for (const nodes of [0, -1, 2, 6, 9, 2.5, Number.NaN]) expect(() => script({ nodes })).toThrow(/^ES101 /);
  });

  it('sizes that a premium share cannot have', () => {
    for (const sizeGib of [99, 100.5, 102_401, Number.NaN]) expect(() => script({ sizeGib })).toThrow(/^ES207 /);
    expect(() => script({ sizeGib: 102_400 })).not.toThrow();
  });

  it.each([
    ['storageAccount', 'ab'],
    ['storageAccount', 'Upper1'],
    ['storageAccount', 'a'.repeat(25)],
    ['sharePrefix', 'Disk'],
    ['sharePrefix', 'a--'],
    ['sharePrefix', '-a'],
    ['sharePrefix', ''],
    ['sharePrefix', 'a'.repeat(63)],
    ['resourceGroup', 'ends.'],
    ['resourceGroup', 'g'.repeat(91)],
    ['location', 'West Europe'],
    ['protocol', 'cifs'],
    ['secretName', 'Azure'],
  ])('%s %j', (option, value) => {
    expect(() => script({ [option]: value })).toThrow(option === 'sharePrefix' ? /^ES201 / : /^ES206 /);
  });

  it('machines that AKS cannot make', () => {
    const aks = { name: 'es', nodeCount: 3 };
    for (const wrong of [
      { name: 'es-' },
      { nodeCount: 0 },
      { nodeCount: 1.5 },
      { vmSize: 'D4 v5' },
      { kubernetesVersion: 'v1' },
    ]) {
      expect(() => script({ aks: { ...aks, ...wrong } })).toThrow(/^ES206 /);
    }
  });

  it('whatever a shell could take for more than a word', () => {
    const options = [
      'name',
      'namespace',
      'sharePrefix',
      'secretName',
      'resourceGroup',
      'location',
      'storageAccount',
      'protocol',
    ];
    const machines = ['name', 'vmSize', 'kubernetesVersion'];
    const hostile = fc.oneof(
      fc.constantFrom(
        "es'; touch x; '",
        '$(touch x)',
        '`touch x`',
        'a\nb',
        'a b',
        'a"b',
        'a\\b',
        'a;b',
        'a#b',
        "a']b",
        'é',
        'a\n',
      ),
      fc.string({ minLength: 1, maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...options), fc.constantFrom(...machines), hostile, (option, machine, value) => {
        for (const given of [{ [option]: value }, { aks: { name: 'es', nodeCount: 3, [machine]: value } }]) {
          try {
            script(given);
          } catch (error) {
            expect(error).toBeInstanceOf(EventStoreError);
            continue;
          }
          expect(value).toMatch(/^[-\w.()]+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('run', () => {
  it.each([1, 3, 5] as const)(
    'makes the shares, the namespace and the Secret of %i nodes, and nothing the second time',
    async (nodes) => {
      const { run, state } = machine();
      const first = run(script({ nodes }));
      expect(first).toMatchObject({ status: 0, stderr: '' });
      expect(first.calls.filter(({ error }) => error)).toEqual([]);

      const made = state();
      const shares = Array.from({ length: nodes }, (_, i) => [
        `esdisk-${i + 1}`,
        { shareQuota: 100, enabledProtocols: 'SMB' },
      ]);
      expect(made.groups.eventstore).toMatchObject({
        location: 'westeurope',
        accounts: {
          [ACCOUNT]: {
            kind: 'FileStorage',
            sku: 'Premium_ZRS',
            enableHttpsTrafficOnly: true,
            softDelete: { enabled: true, days: 14 },
            shares: Object.fromEntries(shares),
          },
        },
      });
      expect(made.contexts.test.namespaces.eventstore.secrets).toEqual({
        'azure-secret': {
          azurestorageaccountname: await digest(ACCOUNT),
          azurestorageaccountkey: await digest(await keyOf(ACCOUNT)),
        },
      });

      const second = run(script({ nodes }));
      expect(second).toMatchObject({ status: 0, stderr: '', changes: [] });
      expect(state()).toEqual(made);
    },
  );

  it('says which commands come next, in flags that the generator knows', () => {
    const { run } = machine();
    const { stdout } = run(script(VARIANTS['all names given']));
    expect(stdout).toContain(
      "npm run synth -- --nodes 3 --storage azurefile --resource-group 'RG_orders.(test)' --storage-account ordersdb1" +
        ' --name orders --namespace orders-db --share-prefix orders- --secret-name orders.azure\n',
    );
    expect(stdout).toContain('kubectl --context test apply -f dist/\n');
    const flags = stdout.match(/(?<=synth.*)--[a-z-]+(?= )/g) ?? [];
    expect(flags.map((flag) => flag.slice(2)).filter((flag) => !(flag in FLAGS))).toEqual([]);
  });

  it.each([
    ['plainly', []],
    ['under bash -x', ['-x']],
  ])('leaves the key in no argument, no file and no output: %s', async (_how, bashFlags) => {
    const { run, root } = machine();
    const { status, stdout, stderr, calls } = run(script(), {}, bashFlags);
    expect(status).toBe(0);
    expect(calls.map(({ command }) => command)).toContain('storage account keys list');

    const key = await keyOf(ACCOUNT);
    for (const secret of [key, Buffer.from(key).toString('base64')]) {
      expect(stdout + stderr).not.toContain(secret);
      expect(JSON.stringify(calls)).not.toContain(secret);
      expect(files(root).filter((file) => readFileSync(file, 'utf8').includes(secret))).toEqual([]);
    }
  });

  it('follows a rotated key, and takes the second one when asked', async () => {
    const { run, state, change } = machine();
    run(script());
    const kept = async () => state().contexts.test.namespaces.eventstore.secrets['azure-secret'].azurestorageaccountkey;

    expect(run(script(), { STORAGE_KEY: 'key2' }).changes).toEqual(['apply']);
    expect(await kept()).toBe(await digest(await keyOf(ACCOUNT, 'key2')));
    change(({ groups }) => {
      groups.eventstore.accounts[ACCOUNT].keyGeneration = 1;
    });
    expect(run(script()).changes).toEqual(['apply']);
    expect(await kept()).toBe(await digest(await keyOf(ACCOUNT, 'key1', 1)));
    expect(run(script(), { STORAGE_KEY: 'key3; true' })).toMatchObject({ status: 1, changes: [] });
  });

  it('makes shares larger and more, never smaller or fewer', () => {
    const { run, state } = machine();
    const quotas = () =>
      Object.values(state().groups.eventstore.accounts[ACCOUNT].shares).map((share: State) => share.shareQuota);
    run(script({ nodes: 1 }));
    run(script({ nodes: 3, sizeGib: 256 }));
    expect(quotas()).toEqual([256, 256, 256]);
    expect(run(script({ nodes: 1, sizeGib: 100 }))).toMatchObject({ status: 0, changes: [] });
    expect(quotas()).toEqual([256, 256, 256]);
  });

  it('keeps a longer soft delete, and turns on one that is off', () => {
    const { run, state, change } = machine();
    const softDelete = () => state().groups.eventstore.accounts[ACCOUNT].softDelete;
    run(script());
    for (const [found, left] of [
      [
        { enabled: true, days: 90 },
        { enabled: true, days: 90 },
      ],
      [
        { enabled: false, days: 90 },
        { enabled: true, days: 14 },
      ],
    ]) {
      change(({ groups }) => {
        groups.eventstore.accounts[ACCOUNT].softDelete = found;
      });
      expect(run(script()).status).toBe(0);
      expect(softDelete()).toEqual(left);
    }
  });

  it('prepares NFS: no key, no Secret, no network until a subnet is named', () => {
    const { run, state } = machine({});
    const nfs = script({ protocol: 'nfs' });
    const first = run(nfs);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(new Set(first.calls.map(({ program }) => program))).toEqual(new Set(['az']));
    expect(first.calls.map(({ command }) => command)).not.toContain('storage account keys list');

    const account = () => state().groups.eventstore.accounts[ACCOUNT];
    expect(account()).toMatchObject({ enableHttpsTrafficOnly: false, defaultAction: 'Deny', subnets: [] });
    expect(account().shares['esdisk-3']).toEqual({ shareQuota: 100, enabledProtocols: 'NFS' });
    expect(run(nfs, { NODE_SUBNET_ID: SUBNET }).changes).toEqual(['storage account network-rule add']);
    expect(run(nfs, { NODE_SUBNET_ID: SUBNET }).changes).toEqual([]);
    expect(account().subnets).toEqual([SUBNET]);
  });

  it('makes the AKS cluster once, and puts the Secret into that cluster whatever the current context is', () => {
    const { run, state } = machine();
    expect(run(script(VARIANTS.aks))).toMatchObject({ status: 0, stderr: '' });
    const made = state();
    expect(made.groups.eventstore.aks['es-aks']).toMatchObject({
      '--tier': 'standard',
      '--node-count': '3',
      '--zones': ['1', '2', '3'],
      '--network-dataplane': 'cilium',
      '--node-vm-size': 'Standard_D4s_v5',
      '--kubernetes-version': '1.34',
    });
    expect(made.contexts['es-aks'].namespaces.eventstore.secrets).toHaveProperty('azure-secret');
    expect(made.contexts.test.namespaces).toEqual({});
    expect(run(script(VARIANTS.aks))).toMatchObject({ status: 0, changes: [] });
    expect(state()).toEqual(made);
  });

  it('uses the context it is given', () => {
    const { run, state } = machine({
      contexts: { test: { namespaces: {} }, live: { namespaces: {} } },
      currentContext: 'test',
    });
    expect(run(script(), { KUBE_CONTEXT: 'live' }).status).toBe(0);
    expect(state().contexts).toMatchObject({ test: { namespaces: {} }, live: { namespaces: { eventstore: {} } } });
  });
});

describe('stops', () => {
  it.each([
    ['nobody is signed in to Azure', { signedOut: true }, /az login/],
    ['kubectl has no cluster', {}, /current-context is not set/],
  ])('before it makes anything, when %s', (_case, state, reason) => {
    const { status, stderr, changes } = machine(state).run(script());
    expect(status).not.toBe(0);
    expect(stderr).toMatch(reason);
    expect(changes).toEqual([]);
  });

  it("when the account's name belongs to somebody else", () => {
    const { run, change, state } = machine();
    change((cloud) => {
      cloud.takenByOthers = ['taken1'];
    });
    expect(run(script({ storageAccount: 'taken1' }))).toMatchObject({ status: 1, changes: ['group create'] });
    expect(state().contexts.test.namespaces).toEqual({});
  });

  it.each([
    [
      'has no SSD shares',
      { kind: 'StorageV2', sku: 'Standard_LRS' },
      {},
      /has no SSD shares \(StorageV2\/Standard_LRS\/true\)/,
    ],
    ['refuses NFS', { kind: 'FileStorage', sku: 'Premium_LRS' }, { protocol: 'nfs' }, /requires secure transfer/],
    [
      'holds a share of the other protocol',
      { shares: { 'esdisk-2': { shareQuota: 100, enabledProtocols: 'NFS' } } },
      {},
      /esdisk-2 is for NFS, not SMB/,
    ],
  ] as const)('when the account %s', (_case, account, options, reason) => {
    const { run, change, state } = machine();
    run(script());
    change(({ groups, contexts }) => {
      Object.assign(groups.eventstore.accounts[ACCOUNT], account);
      contexts.test.namespaces = {};
    });
    const { status, stderr } = run(script(options));
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(state().contexts.test.namespaces).toEqual({});
  });
});

describe('the stand-ins', () => {
  it.each([
    ['az storage account create --name a1b --resource-group g --kind Disk'],
    ['az storage share-rm create --name s --storage-account a --size 100'],
    ['az storage share create --name s'],
    ['az account show --query name --output tsv'],
    ['kubectl --context test apply --filename secret.yaml --server-side'],
    ['kubectl --context test apply --filename -'],
    ['kubectl get namespace a b --context test'],
  ])('know no such thing: %s', (command) => {
    const { status, calls } = machine().run(`${command}\n`);
    expect(status).toBe(2);
    expect(calls[0].error).toBeDefined();
  });

  it.runIf(process.platform === 'linux')('see a key in the arguments or the environment of any process', () => {
    const manifest = (key: string) =>
      [
        'apiVersion: v1',
        'kind: Secret',
        'type: Opaque',
        'metadata: {name: s, namespace: n}',
        `data: {azurestorageaccountkey: ${key}}`,
      ].join('\\n');
    const key = Buffer.from('an account key').toString('base64');
    const state = { contexts: { test: { namespaces: { n: { secrets: {} } } } } };
    const apply = `printf '${manifest(key)}' | kubectl --context test apply --server-side --filename -\n`;
    expect(machine(state).run(apply)).toMatchObject({ status: 0, stderr: '' });
    for (const leak of [`export KEY='${key}'\n`, `sh -c 'sleep 2; :' '${key}' >/dev/null 2>&1 &\n`]) {
      const { status, stderr } = machine(state).run(leak + apply);
      expect(status).toBe(1);
      expect(stderr).toMatch(/the key is in \/proc\//);
    }
  });
});
