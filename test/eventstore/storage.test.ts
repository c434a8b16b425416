import { Chart, Size, Testing } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  type AzureFileOptions,
  AzureFileProtocol,
  EventStoreCluster,
  EventStoreRelease,
  EventStoreStorage,
  warningsOf,
} from '../../lib';
import { codeOf, find, synthesize } from '../helpers';

const { NFS, SMB } = AzureFileProtocol;
const azure = (options: AzureFileOptions = {}) => synthesize({ storage: EventStoreStorage.azureFile(options) });

describe('pod storage', () => {
  it('is an emptyDir with a limit, and no claim', () => {
    const { spec } = find(synthesize(), 'StatefulSet');
    expect(spec.volumeClaimTemplates).toBeUndefined();
    expect(spec.template.spec.volumes[0]).toEqual({ name: 'data', emptyDir: { sizeLimit: '10Gi' } });
  });
});

describe('Azure Files, made beforehand', () => {
  it('is a volume for each member, reserved for its claim and kept when it is deleted', () => {
    const manifests = azure();
    for (const i of [1, 2, 3]) {
      const { metadata, spec } = find(manifests, 'PersistentVolume', `eventstore-es-${i}`);
      expect(metadata.namespace).toBeUndefined();
      expect(spec).toMatchObject({
        accessModes: ['ReadWriteOncePod'],
        capacity: { storage: '100Gi' },
        claimRef: { namespace: 'eventstore', name: `data-es-${i}` },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: '',
      });
      expect(spec.csi).toMatchObject({
        driver: 'file.csi.azure.com',
        volumeHandle: `eventstore-azure-secret-esdisk-${i}`,
        volumeAttributes: { shareName: `esdisk-${i}`, protocol: 'smb' },
        nodeStageSecretRef: { name: 'azure-secret', namespace: 'eventstore' },
      });
    }
  });

  it('is claimed by a claim that no other volume satisfies', () => {
    const manifests = azure();
    const [claim] = find(manifests, 'StatefulSet').spec.volumeClaimTemplates;
    const volume = find(manifests, 'PersistentVolume', 'eventstore-es-1');
    expect(claim.metadata.name).toBe('data');
    expect(claim.spec.storageClassName).toBe('');
    expect(volume.metadata.labels).toMatchObject(claim.spec.selector.matchLabels);
    expect(claim.spec.accessModes).toEqual(volume.spec.accessModes);
  });

  it('gives the share to the user of the release', () => {
    const options = (line: string) =>
      find(
        synthesize({ release: EventStoreRelease.of(line), storage: EventStoreStorage.azureFile() }),
        'PersistentVolume',
        'eventstore-es-1',
      ).spec.mountOptions;
    expect(options('25.1')).toEqual(
      expect.arrayContaining(['uid=1000', 'gid=1000', 'nobrl', 'nosharesock', 'cache=strict']),
    );
    expect(options('26.0')).toEqual(expect.arrayContaining(['uid=1001', 'gid=1001']));
    expect(options('26.0')).not.toContain('nostrictsync');
  });

  it('has a handle that the driver can resize and snapshot when it knows where the share lies', () => {
    const manifests = azure({ resourceGroup: 'rg', storageAccount: 'esstore' });
    const { csi } = find(manifests, 'PersistentVolume', 'eventstore-es-2').spec;
    expect(csi.volumeHandle).toBe('rg#esstore#esdisk-2');
    expect(csi.volumeAttributes).toMatchObject({ resourceGroup: 'rg', storageAccount: 'esstore' });
  });

  it('mounts NFS without a Secret and with the options of NFS', () => {
    const manifests = azure({ protocol: NFS, storageAccount: 'esstore' });
    const { spec } = find(manifests, 'PersistentVolume', 'eventstore-es-1');
    expect(spec.csi.nodeStageSecretRef).toBeUndefined();
    expect(spec.csi.volumeAttributes).toMatchObject({ protocol: 'nfs', server: 'esstore.file.core.windows.net' });
    expect(spec.mountOptions).toEqual(['nconnect=4', 'noresvport', 'actimeo=30']);
  });

  it('takes shares by name', () => {
    const manifests = azure({ shares: ['orders-a', 'orders-b', 'orders-c'] });
    expect(find(manifests, 'PersistentVolume', 'eventstore-es-2').spec.csi.volumeAttributes.shareName).toBe('orders-b');
  });

  const safe = ['uid=1001', 'gid=1001', 'nobrl'];
  it('takes other mount options that keep data safe', () => {
    const manifests = azure({ mountOptions: [...safe, 'actimeo=1'] });
    expect(find(manifests, 'PersistentVolume', 'eventstore-es-1').spec.mountOptions).toEqual([...safe, 'actimeo=1']);
  });

  it.each([
    ['nostrictsync', 'ES202', { mountOptions: [...safe, 'nostrictsync'] }],
    ['cache=loose', 'ES202', { mountOptions: [...safe, 'cache=loose'] }],
    ['no owner', 'ES202', { mountOptions: ['nobrl'] }],
    ['the owner of another line', 'ES202', { mountOptions: ['uid=1000', 'gid=1000', 'nobrl'] }],
    ['two owners', 'ES202', { mountOptions: [...safe, 'uid=0'] }],
    ['options in one text', 'ES202', { mountOptions: ['uid=1001,gid=1001,nobrl,nostrictsync'] }],
    ['no nobrl', 'ES202', { mountOptions: ['uid=1001', 'gid=1001'] }],
    ['options of NFS on SMB', 'ES204', { mountOptions: [...safe, 'nconnect=4'] }],
    ['options of SMB on NFS', 'ES204', { protocol: NFS, storageAccount: 'esstore', mountOptions: ['nobrl'] }],
    ['NFS without an account', 'ES205', { protocol: NFS }],
    ['too small a share', 'ES207', { size: Size.gibibytes(50) }],
    ['a share twice', 'ES203', { shares: ['a-1', 'a-2', 'a-1'] }],
    ['too few shares', 'ES201', { shares: ['a-1', 'a-2'] }],
    ['two hyphens in a share', 'ES201', { sharePrefix: 'es--' }],
    ['an account in capitals', 'ES206', { storageAccount: 'ESSTORE' }],
    ['a resource group with a slash', 'ES206', { resourceGroup: 'a/b' }],
    ['a Secret with a space', 'ES206', { secretName: 'a b' }],
  ] as [string, string, AzureFileOptions][])('refuses %s', (_, code, options) => {
    expect(codeOf(() => azure(options))).toBe(code);
  });
});

describe('two clusters on Azure Files', () => {
  const two = (first: AzureFileOptions, second: AzureFileOptions) => {
    const app = Testing.app();
    [first, second].forEach((options, index) => {
      const chart = new Chart(app, `c${index}`, { namespace: `n${index}` });
      new EventStoreCluster(chart, 'es', { storage: EventStoreStorage.azureFile(options) });
    });
    return warningsOf(app).map((warning) => warning.code);
  };

  it('must not share a share', () => {
    const one = { storageAccount: 'esstore' };
    expect(codeOf(() => two(one, one))).toBe('ES203');
    expect(() => two(one, one)).toThrow(/esdisk-1 for n0\/es-1 and n1\/es-1/);
  });

  it('are warned of when they use one prefix in two accounts', () => {
    expect(two({ storageAccount: 'one' }, { storageAccount: 'two' }).filter((code) => code === 'ES203W')).toHaveLength(
      1,
    );
  });

  it('are fine with prefixes of their own', () => {
    expect(two({ sharePrefix: 'a-' }, { sharePrefix: 'b-' })).not.toContain('ES203W');
  });
});

describe('Azure Files, made by the driver', () => {
  const dynamic = (options = {}) => synthesize({ storage: EventStoreStorage.azureFileClass(options) });

  it('brings a class of its own that keeps the shares', () => {
    const manifests = dynamic({ sku: 'Premium_ZRS' });
    const storageClass = find(manifests, 'StorageClass', 'eventstore-es-azurefile');
    expect(storageClass).toMatchObject({
      provisioner: 'file.csi.azure.com',
      parameters: { skuName: 'Premium_ZRS', protocol: 'smb' },
      reclaimPolicy: 'Retain',
      allowVolumeExpansion: true,
    });
    expect(storageClass.metadata.namespace).toBeUndefined();
    expect(storageClass.mountOptions).toContain('uid=1001');
    expect(find(manifests, 'StatefulSet').spec.volumeClaimTemplates[0].spec.storageClassName).toBe(
      'eventstore-es-azurefile',
    );
  });

  it.each([
    ['NFS on a standard tier', 'ES204', { protocol: NFS, sku: 'Standard_LRS' }],
    ['a premium share that is too small', 'ES207', { size: Size.gibibytes(99) }],
    ['a V2 share that is too small', 'ES207', { sku: 'PremiumV2_LRS', size: Size.gibibytes(16) }],
    ['a tier that is none', 'ES206', { sku: 'Gold' }],
    ['mount options that lose data', 'ES202', { mountOptions: ['nostrictsync', 'uid=1001', 'gid=1001', 'nobrl'] }],
  ])('refuses %s', (_, code, options) => {
    expect(codeOf(() => dynamic(options))).toBe(code);
  });

  it('takes small shares where the tier has them', () => {
    dynamic({ sku: 'PremiumV2_LRS', size: Size.gibibytes(32), protocol: SMB });
  });
});

describe('disks', () => {
  const claim = (storage: EventStoreStorage) =>
    find(synthesize({ storage }), 'StatefulSet').spec.volumeClaimTemplates[0].spec;

  it('are claimed from the class, for one pod alone where the class is known to do that', () => {
    expect(claim(EventStoreStorage.persistentVolume())).toEqual({
      accessModes: ['ReadWriteOncePod'],
      resources: { requests: { storage: '32Gi' } },
      storageClassName: 'managed-csi-premium',
    });
    expect(claim(EventStoreStorage.persistentVolume({ storageClassName: 'local' })).accessModes).toEqual([
      'ReadWriteOnce',
    ]);
    expect(
      claim(EventStoreStorage.persistentVolume({ storageClassName: 'local', singlePod: true })).accessModes,
    ).toEqual(['ReadWriteOncePod']);
  });

  it('refuse a class that cannot be and a size that is too small', () => {
    expect(codeOf(() => EventStoreStorage.persistentVolume({ storageClassName: 'A b' }))).toBe('ES208');
    expect(codeOf(() => EventStoreStorage.persistentVolume({ size: Size.mebibytes(512) }))).toBe('ES207');
    expect(codeOf(() => EventStoreStorage.podStorage({ sizeLimit: Size.mebibytes(512) }))).toBe('ES207');
  });
});
