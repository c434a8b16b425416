import { describe, expect, it } from 'vitest';
import { EventStoreRelease, type EventStoreReleaseOptions } from '../../lib';
import { codeOf } from '../helpers';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('a release', () => {
  it.each([
    ['23.10', 'docker.io/eventstore/eventstore:23.10.7-bookworm-slim', 1000, 'EVENTSTORE', 'EventStoreDB'],
    ['24.10', 'docker.eventstore.com/eventstore/eventstoredb-ee:24.10.14', 1000, 'EVENTSTORE', 'EventStoreDB'],
    ['25.1', 'docker.kurrent.io/kurrent-latest/kurrentdb:25.1.4', 1000, 'KURRENTDB', 'KurrentDB'],
    ['26.0', 'docker.kurrent.io/kurrent-lts/kurrentdb:26.0.3', 1001, 'KURRENTDB', 'KurrentDB'],
    ['26.1', 'docker.kurrent.io/kurrent-latest/kurrentdb:26.1.0', 1001, 'KURRENTDB', 'KurrentDB'],
  ])('of line %s has the image, user and prefix of that line', (line, image, user, environmentPrefix, product) => {
    expect(EventStoreRelease.of(line)).toMatchObject({ line, image, user, group: user, environmentPrefix, product });
  });

  it('knows its lines, oldest first, and the default is one with long-term support', () => {
    expect(EventStoreRelease.lines()).toEqual(['23.10', '24.10', '25.1', '26.0', '26.1']);
    expect(EventStoreRelease.of(EventStoreRelease.DEFAULT_LINE).longTermSupport).toBe(true);
    const longTerm = EventStoreRelease.lines().filter((line) => EventStoreRelease.of(line).longTermSupport);
    expect(longTerm.at(-1)).toBe(EventStoreRelease.DEFAULT_LINE);
  });

  it('of an EventStoreDB has its names', () => {
    expect(EventStoreRelease.of('24.10')).toMatchObject({
      executable: '/opt/eventstore/EventStore.ClusterNode',
      dataDirectory: '/var/lib/eventstore',
      logDirectory: '/var/log/eventstore',
      configDirectory: '/etc/eventstore',
      metricPrefix: 'eventstore',
      countersHaveTotal: false,
      connectionScheme: 'esdb',
      mediaTypePrefix: 'application/vnd.eventstore',
      uiPath: '/web',
      supportEnds: 'not before November 2026',
    });
  });

  it('of a KurrentDB has its names', () => {
    expect(EventStoreRelease.of('25.1')).toMatchObject({
      executable: '/opt/kurrentdb/KurrentDB',
      dataDirectory: '/var/lib/kurrentdb',
      logDirectory: '/var/log/kurrentdb',
      configDirectory: '/etc/kurrentdb',
      metricPrefix: 'kurrentdb',
      countersHaveTotal: true,
      connectionScheme: 'kurrentdb',
      mediaTypePrefix: 'application/vnd.kurrent',
      uiPath: '/ui/cluster',
      longTermSupport: false,
    });
  });

  it.each([
    ['24.10.8', '24.10', 'docker.eventstore.com/eventstore/eventstoredb-ee:24.10.8'],
    ['23.10.5', '23.10', 'docker.io/eventstore/eventstore:23.10.5-bookworm-slim'],
    ['23.10.7-jammy', '23.10', 'docker.io/eventstore/eventstore:23.10.7-jammy'],
    ['26.1.1-rc.1', '26.1', 'docker.kurrent.io/kurrent-latest/kurrentdb:26.1.1-rc.1'],
  ])('takes the full version %s', (version, line, image) => {
    expect(EventStoreRelease.of(version)).toMatchObject({ version, line, image });
  });

  it.each(['27.0', '25.0', '26', '26.00', 'v26.0.3', '26.0.x', '26.0.3.1', '26.0.3 ', '', 'latest', '__proto__'])(
    'refuses the version %j with the lines that there are',
    (version) => {
      expect(codeOf(() => EventStoreRelease.of(version))).toBe('ES401');
      const message = messageOf(() => EventStoreRelease.of(version));
      expect(message).toContain(`got ${JSON.stringify(version)}`);
      expect(message).toContain('23.10, 24.10, 25.1, 26.0, 26.1');
    },
  );
});

describe('the image', () => {
  const imageOf = (line: string, options: EventStoreReleaseOptions) => EventStoreRelease.of(line, options).image;

  it('comes from another registry under the same name', () => {
    const registry = 'example.azurecr.io';
    expect(imageOf('26.0', { registry })).toBe('example.azurecr.io/kurrent-lts/kurrentdb:26.0.3');
    expect(imageOf('23.10', { registry })).toBe('example.azurecr.io/eventstore/eventstore:23.10.7-bookworm-slim');
    expect(imageOf('26.0', { registry: 'localhost:5000/mirror' })).toBe(
      'localhost:5000/mirror/kurrent-lts/kurrentdb:26.0.3',
    );
  });

  it('comes from another repository with the same tag', () => {
    expect(imageOf('26.0.2', { image: 'example.azurecr.io/db/kurrentdb' })).toBe(
      'example.azurecr.io/db/kurrentdb:26.0.2',
    );
  });

  it('is pinned by a digest', () => {
    expect(imageOf('26.0', { digest: DIGEST })).toBe(`docker.kurrent.io/kurrent-lts/kurrentdb:26.0.3@${DIGEST}`);
  });

  it('runs as a user of one’s own, with the group of the same number', () => {
    expect(EventStoreRelease.of('26.0', { user: 1000 })).toMatchObject({ user: 1000, group: 1000 });
    expect(EventStoreRelease.of('26.0', { user: 1000, group: 2000 })).toMatchObject({ user: 1000, group: 2000 });
  });

  it.each<[string, EventStoreReleaseOptions]>([
    ['a registry with a scheme', { registry: 'https://example.azurecr.io' }],
    ['a registry that ends in a slash', { registry: 'example.azurecr.io/' }],
    ['an empty registry', { registry: '' }],
    ['an image with a tag', { image: 'example.azurecr.io/kurrentdb:26.0' }],
    ['an image with a digest', { image: `kurrentdb@${DIGEST}` }],
    ['an image in capitals', { image: 'example.azurecr.io/KurrentDB' }],
    ['an image with a blank', { image: 'kurrentdb ' }],
    ['a digest without its algorithm', { digest: DIGEST.slice(7) }],
    ['a short digest', { digest: 'sha256:abc' }],
    ['a digest in capitals', { digest: `sha256:${'A'.repeat(64)}` }],
    ['registry and image together', { registry: 'example.azurecr.io', image: 'kurrentdb' }],
    ['root as user', { user: 0 }],
    ['half a user', { user: 1000.5 }],
    ['no number as group', { group: Number.NaN }],
  ])('refuses %s', (_what, options) => {
    expect(codeOf(() => EventStoreRelease.of('26.0', options))).toBe('ES404');
  });
});

describe('an option of a release', () => {
  const variable = (version: string, option: string) => EventStoreRelease.of(version).environmentVariable(option);

  it.each([
    ['23.10', 'NodeIp', 'EVENTSTORE_NODE_IP'],
    ['26.0', 'NodeIp', 'KURRENTDB_NODE_IP'],
    ['26.0', 'EVENTSTORE_NODE_IP', 'KURRENTDB_NODE_IP'],
    ['23.10', 'ExtIp', 'EVENTSTORE_EXT_IP'],
    ['24.10', 'Licensing__LicenseKey', 'EVENTSTORE_LICENSING__LICENSE_KEY'],
    ['26.1', 'MaxPartitionStateCacheSize', 'KURRENTDB_MAX_PARTITION_STATE_CACHE_SIZE'],
    ['24.10.4', 'MaxAppendEventSize', 'EVENTSTORE_MAX_APPEND_EVENT_SIZE'],
  ])('on %s: %s is %s', (version, option, expected) => {
    expect(EventStoreRelease.of(version).hasOption(option)).toBe(true);
    expect(variable(version, option)).toBe(expected);
  });

  it.each([
    ['26.0', 'ExtIp', 'option ExtIp does not exist in KurrentDB 26.0: the line calls it NodeIp (KURRENTDB_NODE_IP)'],
    ['25.1', 'EVENTSTORE_INT_TCP_PORT', 'the line calls it ReplicationPort (KURRENTDB_REPLICATION_PORT)'],
    ['23.10', 'ExtHttpPort', 'in EventStoreDB 23.10: the line calls it NodePort (EVENTSTORE_NODE_PORT)'],
    ['26.0', 'ExtTcpPort', 'calls it TcpPlugin__NodeTcpPort (KURRENTDB_TCP_PLUGIN__NODE_TCP_PORT)'],
    ['26.0', 'Plugins__UserCertificates__Enabled', 'the line calls it UserCertificates__Enabled'],
    ['26.0', 'INT_HTTP_PREFIXES', 'it is gone, since all HTTP is on NodePort; leave it out'],
    ['23.10', 'PrepareCount', 'it is gone, since it follows from ClusterSize'],
    ['26.0', 'ClustrSize', 'the nearest name is ClusterSize (KURRENTDB_CLUSTER_SIZE)'],
    ['26.0', 'Licensing__LicenceKey', 'the nearest name is Licensing__LicenseKey'],
    ['23.10', 'SecondaryIndexing__Enabled', 'it exists in 25.1, 26.0, 26.1; leave it out or choose another line'],
    ['25.1', 'DisableClientAuthEkuValidation', 'it exists in 24.10, 26.0, 26.1'],
    ['24.10.3', 'MaxAppendEventSize', 'does not exist in EventStoreDB 24.10.3: it came with 24.10.4'],
    ['26.0.2', 'DisableClientAuthEkuValidation', 'does not exist in KurrentDB 26.0.2: it came with 26.0.3'],
    ['26.0', 'ServicePort', 'no line knows it and the server would refuse to start; leave it out'],
    ['26.0', 'a\nb', 'option "a\\nb" does not exist'],
    ['26.0', '', 'option "" does not exist'],
    ['26.0', 'constructor', 'option constructor does not exist'],
  ])('on %s: says why there is no %j', (version, option, expected) => {
    expect(EventStoreRelease.of(version).hasOption(option)).toBe(false);
    expect(codeOf(() => variable(version, option))).toBe('ES402');
    expect(messageOf(() => variable(version, option))).toContain(expected);
  });

  it.each<[string, string, string | undefined, boolean]>([
    ['26.0', 'Archiver', 'true', true],
    ['26.0', 'Archiver', 'false', false],
    ['26.0', 'Archiver', undefined, true],
    ['26.0', 'ARCHIVER', 'TRUE', true],
    ['24.10', 'Transform', 'identity', false],
    ['24.10', 'Transform', 'aes-gcm', true],
    ['26.0', 'AuthenticationType', 'internal', false],
    ['26.0', 'AuthenticationType', 'ldaps', true],
    ['23.10', 'AuthenticationType', 'ldaps', false],
    ['26.0', 'Authorization__DefaultPolicyType', 'streampolicy', true],
    ['26.0', 'AutoScavenge__Enabled', 'false', false],
    ['26.0', 'UserCertificates__Enabled', 'true', true],
    ['26.0', 'TcpPlugin__EnableExternalTcp', 'true', true],
    ['26.0', 'OpenTelemetry__Otlp__Endpoint', 'http://collector:4317', true],
    ['26.0', 'EncryptionAtRest__Enabled', 'true', true],
    ['26.0', 'SecondaryIndexing__Enabled', 'true', false],
    ['26.0', 'Connectors__Enabled', 'true', false],
    ['26.0', 'NodeIp', '0.0.0.0', false],
    ['26.0', 'NoSuchOption', 'true', false],
    ['24.10', 'SecondaryIndexing__Enabled', 'true', false],
  ])('on %s: whether %s set to %s needs a licence', (version, option, value, expected) => {
    expect(EventStoreRelease.of(version).needsLicense(option, value)).toBe(expected);
  });
});
