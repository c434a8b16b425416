import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { GeneratorOptions } from '../../charts/options';
import { EventStoreRelease } from '../../lib';
import { generate, type Manifest } from '../helpers';
import { checkManifests } from './index';
import type { Chosen } from './world';

const ROOT = join(__dirname, '..', '..');
const yaml = (...path: string[]): Manifest[] =>
  parseAllDocuments(readFileSync(join(ROOT, ...path), 'utf8')).map((document) => document.toJS());
const filesIn = (folder: string) => readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.yaml'));

/** Any input that the generator takes. */
const OPTIONS: fc.Arbitrary<Partial<GeneratorOptions>> = fc
  .record(
    {
      nodes: fc.constantFrom(1, 3, 5, 7),
      storage: fc.constantFrom('podstorage', 'azurefile', 'azurefile-dynamic', 'disk'),
      name: fc.stringMatching(/^[a-z]([-a-z0-9]{0,40}[a-z0-9])?$/),
      namespace: fc.stringMatching(/^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$/),
      serverVersion: fc.constantFrom(...EventStoreRelease.lines(), '24.10.8', '26.0.1'),
      protocol: fc.constantFrom('smb', 'nfs'),
      storageAccount: fc.constantFrom('esstore', 'esstore2'),
      resourceGroup: fc.constant('rg-1'),
      sharePrefix: fc.constantFrom('esdisk-', 'orders-'),
      secretName: fc.constantFrom('azure-secret', 'account.orders'),
      size: fc.integer({ min: 100 * 1024, max: 1024 * 1024 }),
      storageClass: fc.constantFrom('managed-csi-premium', 'managed-csi', 'local-path'),
      frontend: fc.boolean(),
      exposure: fc.constantFrom('cluster', 'internal'),
      allowedIps: fc.constantFrom<string[]>(['10.0.0.0/8'], ['10.1.0.0/16', '192.168.7.0/24']),
    },
    { requiredKeys: [] },
  )
  .map((options) => ({
    ...options,
    // NFS needs an account, ranges a load balancer
    ...(options.protocol === 'nfs' && { storageAccount: options.storageAccount ?? 'esstore' }),
    ...(options.exposure !== 'internal' && { allowedIps: undefined }),
  }));

/** What a golden file was made with in place of a default that the docs name. */
const CHOSEN: Record<string, Chosen> = {
  'example-azure-files.yaml': { readTimeout: 5000, namespaceElsewhere: true },
  'exposure-public-secure.yaml': { namespaceElsewhere: true },
  'settings.yaml': { namespaceElsewhere: true },
  'monitoring-elsewhere.yaml': { namespaceElsewhere: true },
};

describe('every promise holds, in and between the objects,', () => {
  it('of dist/', () => {
    expect(checkManifests(filesIn('dist').flatMap((file) => yaml('dist', file)))).toEqual([]);
  });

  it.each(filesIn('test/golden'))('of %s', (file) => {
    expect(checkManifests(yaml('test', 'golden', file), CHOSEN[file])).toEqual([]);
  });

  it('of whatever else the generator writes', () => {
    fc.assert(
      fc.property(OPTIONS, (options) => {
        expect(checkManifests(generate(options))).toEqual([]);
      }),
      { numRuns: 30, seed: 2113 },
    );
  });
});
