import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import facts from '../facts/options.json';
import { buildDouble } from './bundle';
import { checkTogether } from './checks';
import { lineOf } from './line';
import { Options, type Refusal } from './options';

const VERSIONS = { '23.10': '23.10.7', '24.10': '24.10.14', '25.1': '25.1.4', '26.0': '26.0.3', '26.1': '26.1.0' };
const UNKNOWN = 'Found unknown options. To continue anyway, set AllowUnknownOptions to true.';
const ALONE = { KURRENTDB_INSECURE: 'true' };
const THREE = {
  ...ALONE,
  KURRENTDB_CLUSTER_SIZE: '3',
  KURRENTDB_DISCOVER_VIA_DNS: 'false',
  KURRENTDB_GOSSIP_SEED: 'es-1:2113,es-2:2113,es-3:2113',
};

/** What a server says that is started with this environment; nothing if it starts. */
function said(environment: Record<string, string>, args: string[] = [], version = '26.0.3'): string[] {
  try {
    checkTogether(new Options(lineOf(version), args, environment));
    return [];
  } catch (error) {
    return (error as Refusal).lines;
  }
}

describe.each(Object.entries(VERSIONS))('the options of %s', (line, version) => {
  const prefix = Number.parseInt(line, 10) >= 25 ? 'KURRENTDB_' : 'EVENTSTORE_';
  const all = Object.entries(facts.options);
  const parse = (environment: Record<string, string>) => new Options(lineOf(version), [], environment);

  it('are the ones that its source has, and no other', () => {
    for (const [name, { env, lines, type }] of all) {
      const value = { bool: 'true', int: '2000', long: '2000', double: '2', IPAddress: '0.0.0.0', 'EndPoint[]': 'a:1' }[
        type
      ];
      const enums: Record<string, string> = {
        LogConsoleFormat: 'Json',
        LogLevel: 'Debug',
        ProjectionType: 'All',
        StatsStorage: 'File',
      };
      const act = () =>
        parse({
          [prefix + env]: value ?? enums[type] ?? 'x',
          ...(name === 'Config' ? { [prefix + env]: '/dev/null' } : {}),
        });
      if (lines.includes(line)) expect(act, name).not.toThrow();
      else if (name !== 'AllowUnknownOptions') expect(act, name).toThrow(UNKNOWN);
    }
  });

  it('are refused when they are not known, with the nearest name', () => {
    expect(said({ [`${prefix}CLUSTR_SIZE`]: '3' }, [], version)).toEqual([
      'The option ClustrSize is not a known option. Did you mean ClusterSize?',
      UNKNOWN,
    ]);
  });
});

describe('the options of the double', () => {
  it('are refused when Kubernetes gives the addresses of Services, with either prefix', () => {
    const link = (prefix: string) =>
      said({ ...ALONE, [`${prefix}_SERVICE_HOST`]: '10.0.0.1', [`${prefix}_PORT`]: 'tcp://10.0.0.1:2113' });
    expect(link('KURRENTDB')).toContainEqual(expect.stringContaining('The option ServiceHost is not a known option.'));
    expect(link('EVENTSTORE').at(-1)).toBe(UNKNOWN);
    expect(said({ EVENTSTORE_INSECURE: 'true', KURRENTDB_PORT: 'x' }, [], '24.10.14')).toEqual([]);
    // the Service eventstore-node makes a variable that is a real option
    expect(
      said({ ...ALONE, EVENTSTORE_NODE_PORT: 'tcp://10.0.0.1:2113', KURRENTDB_ALLOW_UNKNOWN_OPTIONS: 'true' })[0],
    ).toMatch(/Failed to convert/);
  });

  it('take the newer prefix over the older, and the command line over both', () => {
    const size = (args: string[]) =>
      new Options(lineOf('26.0.3'), args, { EVENTSTORE_CLUSTER_SIZE: '5', KURRENTDB_CLUSTER_SIZE: '3' }).number(
        'ClusterSize',
      );
    expect(size([])).toBe(3);
    expect(size(['--cluster-size', '7'])).toBe(7);
    expect(size(['--ClusterSize=7'])).toBe(7);
    expect(new Options(lineOf('26.0.3'), ['--insecure'], {}).flag('Insecure')).toBe(true);
  });

  it('do not report nested names, or any when that is allowed', () => {
    expect(said({ ...ALONE, KURRENTDB_LICENSING__LICENSE_KEY: 'x' })).toEqual([]);
    expect(said({ ...ALONE, KURRENTDB_NONSENSE: 'x', KURRENTDB_ALLOW_UNKNOWN_OPTIONS: 'true' })).toEqual([]);
  });

  it.each([
    ['KURRENTDB_CLUSTER_SIZE', '', "Failed to convert configuration value ''"],
    ['KURRENTDB_CLUSTER_SIZE', 'three', 'Failed to convert'],
    ['KURRENTDB_INSECURE', 'yes', 'Failed to convert'],
    ['KURRENTDB_INSECURE', '1', 'Failed to convert'],
    ['KURRENTDB_NODE_IP', 'es-1', 'Failed to convert'],
    ['KURRENTDB_GOSSIP_SEED', 'es-1', 'Failed to convert'],
    ['KURRENTDB_GOSSIP_SEED', 'es-1:2113;es-2:2113', 'Failed to convert'],
    ['KURRENTDB_INT_IP', '10.0.0.1', 'The option IntIp is not a known option. Did you mean Index?'],
    ['KURRENTDB_LEADER_ELECTION_TIMEOUT_MS', '999', 'LeaderElectionTimeoutMs'],
    ['KURRENTDB_INSECURE', 'false', 'A certificate is required unless insecure mode (--insecure) is set.'],
    ['KURRENTDB_DEFAULT_ADMIN_PASSWORD', 'secret', 'Cannot set default admin password'],
    ['KURRENTDB_READ_ONLY_REPLICA', 'true', 'Read Only Replica'],
    ['KURRENTDB_GOSSIP_SEED', 'es-1:2113,es-2:2113', 'ClusterSize is set to 1'],
  ])('refuse %s=%s', (name, value, words) => {
    expect(said({ ...ALONE, [name]: value })[0]).toContain(words);
  });

  it('speak no TLS, and say so', () => {
    expect(said({ KURRENTDB_CERTIFICATE_FILE: 'tls.crt' })).toEqual([
      'This double of the server speaks no TLS: set Insecure.',
    ]);
  });

  it('accept an even size, and seeds that nobody will use', () => {
    expect(said({ ...THREE, KURRENTDB_CLUSTER_SIZE: '4' })).toEqual([]);
    expect(said({ ...THREE, KURRENTDB_DISCOVER_VIA_DNS: 'true' })).toEqual([]);
    expect(said({ ...ALONE, KURRENTDB_CLUSTER_SIZE: '3', KURRENTDB_DISCOVER_VIA_DNS: 'false' })[0]).toMatch(
      /gossip seed/,
    );
  });
});

describe('a double that is started', () => {
  let bundle: string;
  beforeAll(async () => {
    bundle = await buildDouble();
    // for other users too
    chmodSync(dirname(bundle), 0o755);
  });
  const run = (environment: Record<string, string>, args: string[] = [], user?: number) => {
    const { status, signal, stdout } = spawnSync(process.execPath, [bundle, ...args], {
      env: { DOUBLE_VERSION: '26.0.3', ...environment },
      encoding: 'utf8',
      timeout: 20_000,
      ...(user ? { uid: user, gid: user } : {}),
    });
    return { ended: status ?? signal, stdout };
  };

  it('ends with 1 and says why, in plain text or JSON', () => {
    const plain = run({ ...ALONE, KURRENTDB_CLUSTR_SIZE: '3' });
    expect(plain.ended).toBe(1);
    expect(plain.stdout).toContain('The option ClustrSize is not a known option. Did you mean ClusterSize?');
    const last = run({ ...ALONE, KURRENTDB_LOG_CONSOLE_FORMAT: 'Json', KURRENTDB_CLUSTER_SIZE: '0' })
      .stdout.trim()
      .split('\n')
      .at(-1);
    expect(JSON.parse(last!)).toMatchObject({ '@l': 'Fatal' });
  });

  it('ends with 0 for --what-if, which does not look at options together', () => {
    expect(run({ ...ALONE, KURRENTDB_LEADER_ELECTION_TIMEOUT_MS: '1' }, ['--what-if']).ended).toBe(0);
    expect(run({ ...ALONE, KURRENTDB_X: '1' }, ['--what-if']).ended).toBe(1);
  });

  it('aborts without its configuration file, or with one that is no YAML', () => {
    expect(run({ ...ALONE, KURRENTDB_CONFIG: '/nowhere.conf' }).ended).toBe('SIGABRT');
    const folder = mkdtempSync(join(tmpdir(), 'double-'));
    writeFileSync(join(folder, 'bad.conf'), 'ClusterSize: 3\n  - [\n');
    writeFileSync(join(folder, 'good.conf'), '---\n# a comment\nClustrSize: 3\n');
    expect(run({ ...ALONE, KURRENTDB_CONFIG: join(folder, 'bad.conf') }).ended).toBe('SIGABRT');
    expect(run(ALONE, ['--config', join(folder, 'good.conf')])).toMatchObject({
      ended: 1,
      stdout: expect.stringContaining('ClustrSize'),
    });
    rmSync(folder, { recursive: true });
  });

  const root = process.getuid?.() === 0;
  it.skipIf(!root)('ends with 1 when it may not write its data', () => {
    const folder = mkdtempSync(join(tmpdir(), 'double-'));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'db'), { mode: 0o700 });
    const { ended, stdout } = run({ ...ALONE, KURRENTDB_DB: join(folder, 'db') }, [], 12_345);
    expect(stdout).toContain('UnauthorizedAccessException');
    expect(ended).toBe(1);
    rmSync(folder, { recursive: true });
  });
});
