import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventStoreRelease } from '../../lib';
import { OPTIONS, REMOVED, RENAMED } from '../../lib/eventstore/option-table';
import {
  environmentName,
  isAmong,
  isSensitive,
  optionName,
  optionOn,
  optionType,
  serverOption,
} from '../../lib/eventstore/options';

interface Recorded {
  readonly env: string;
  readonly lines: string[];
  readonly type: string;
  readonly unit?: string;
  readonly deprecated?: string[];
  readonly sensitive?: boolean;
  readonly environmentOnly?: boolean;
}

const facts = (name: string) => JSON.parse(readFileSync(join(__dirname, '../facts', name), 'utf8'));
const recorded = facts('options.json') as {
  lines: Record<string, { prefix: string; options: number }>;
  options: Record<string, Recorded>;
};
const LINES = EventStoreRelease.lines();
const NAMES = Object.keys(recorded.options);
const linesOf = (ranges: string) => LINES.filter((line) => isAmong(line, ranges));
const newest = (line: string) => EventStoreRelease.of(line).version;

describe('the table of options', () => {
  it('is of the recorded lines', () => {
    expect(LINES).toEqual(Object.keys(recorded.lines));
  });

  it('has the recorded options and no others', () => {
    expect(
      Object.keys(OPTIONS)
        .filter((name) => !name.includes('__'))
        .sort(),
    ).toEqual([...NAMES].sort());
  });

  it.each(NAMES)('says of %s what the server says', (name) => {
    const { env, lines, type, unit, deprecated, sensitive, environmentOnly } = recorded.options[name];
    const option = OPTIONS[name];
    expect({
      env: environmentName(name),
      lines: linesOf(option.in),
      type: option.type,
      unit: option.unit,
      deprecated: option.deprecated && linesOf(option.deprecated),
      sensitive: option.sensitive,
      environmentOnly: option.environmentOnly,
    }).toEqual({ env, lines, type, unit, deprecated, sensitive, environmentOnly });
  });

  it.each(LINES)('has as many options for %s as the server', (line) => {
    const known = NAMES.filter((name) => optionOn(line, newest(line), name));
    expect(known).toHaveLength(recorded.lines[line].options);
  });

  it.each(NAMES)('takes %s as a name, as a variable, and with either prefix', (name) => {
    const { env } = recorded.options[name];
    for (const spelling of [name, env, `EVENTSTORE_${env}`, `KURRENTDB_${env}`])
      expect(optionName(spelling)).toBe(name);
  });

  it('knows no option by two names', () => {
    const variables = Object.keys(OPTIONS).map(environmentName);
    expect(new Set(variables).size).toBe(variables.length);
    for (const name of Object.keys(OPTIONS)) expect(optionName(environmentName(name))).toBe(name);
  });

  it.each([
    ['Licensing__LicenseKey', 'LICENSING__LICENSE_KEY'],
    ['SecondaryIndexing__Enabled', 'SECONDARY_INDEXING__ENABLED'],
    ['TcpPlugin__EnableExternalTcp', 'TCP_PLUGIN__ENABLE_EXTERNAL_TCP'],
    ['OpenTelemetry__Otlp__Endpoint', 'OPEN_TELEMETRY__OTLP__ENDPOINT'],
    ['UserCertificates__Enabled', 'USER_CERTIFICATES__ENABLED'],
    ['Archive__S3__Bucket', 'ARCHIVE__S3__BUCKET'],
    ['EncryptionAtRest__MasterKey__File__KeyPath', 'ENCRYPTION_AT_REST__MASTER_KEY__FILE__KEY_PATH'],
  ])('writes %s as %s, and reads it back', (name, variable) => {
    expect(environmentName(name)).toBe(variable);
    expect(optionName(variable)).toBe(name);
    expect(optionName(`KURRENTDB_${variable}`)).toBe(name);
  });

  it('takes any option of an open section, in the spelling of the table', () => {
    expect(optionName('OAUTH__CLIENT_ID')).toBe('OAuth__ClientId');
    expect(optionName('METRICS__EXPECTED_SCRAPE_INTERVAL_SECONDS')).toBe('Metrics__ExpectedScrapeIntervalSeconds');
    expect(serverOption('LdapsAuth__BaseDn')).toBeDefined();
    expect(serverOption('Licensing__Anything')).toBeUndefined();
  });

  it('hands an unknown name back', () => {
    expect(optionName('CLUSTR_SIZE')).toBe('ClustrSize');
    expect(optionName('ClustrSize')).toBe('ClustrSize');
    expect(serverOption('ClustrSize')).toBeUndefined();
    expect(serverOption('constructor')).toBeUndefined();
  });

  it('knows the secrets', () => {
    const secrets = Object.keys(OPTIONS).filter(isSensitive);
    expect(secrets.filter((name) => !name.includes('__'))).toEqual([
      'CertificatePassword',
      'CertificatePrivateKeyPassword',
      'DefaultAdminPassword',
      'DefaultOpsPassword',
    ]);
    expect(secrets).toEqual(expect.arrayContaining(['Licensing__LicenseKey', 'OAuth__ClientSecret']));
    expect(isSensitive('NodeIp')).toBe(false);
  });

  it('knows types', () => {
    expect([optionType('Insecure'), optionType('IndexCacheDepth'), optionType('NoSuchOption')]).toEqual([
      'bool',
      'int',
      'string',
    ]);
  });
});

describe('old names', () => {
  it.each(Object.keys(RENAMED))('%s leads to an option of every line that lacks it', (old) => {
    for (const line of LINES.filter((name) => !optionOn(name, newest(name), old))) {
      expect(() => EventStoreRelease.of(line).environmentVariable(old)).toThrow(/the line calls it \w+ \(\w+\)$/);
    }
  });

  it.each(Object.entries(REMOVED))('%s is gone for a reason, from the newest line too', (old, reason) => {
    expect(reason).toMatch(/\w+ \w+/);
    expect(EventStoreRelease.of(LINES.at(-1) ?? '').hasOption(old)).toBe(false);
  });

  it('are either renamed or gone, and every option that was removed is one of both', () => {
    expect(Object.keys(RENAMED).filter((name) => name in REMOVED)).toEqual([]);
    const lost = NAMES.filter((name) => !recorded.options[name].lines.includes('26.1'));
    expect(lost.filter((name) => !(name in RENAMED) && !(name in REMOVED))).toEqual([]);
  });
});

interface Fate {
  readonly values: Record<string, string>;
  readonly verdict: 'mapped' | 'renamed' | 'dropped';
  readonly to: string[];
  readonly reason: string;
}

describe('the templates of 2017', () => {
  const { branches, variables } = facts('template-2017.json') as {
    branches: string[];
    variables: Record<string, Fate>;
  };
  const ON_ALL_BRANCHES = [
    'EVENTSTORE_INT_IP',
    'EVENTSTORE_EXT_IP',
    'EVENTSTORE_INT_TCP_PORT',
    'EVENTSTORE_EXT_TCP_PORT',
    'EVENTSTORE_INT_HTTP_PORT',
    'EVENTSTORE_EXT_HTTP_PORT',
    'EVENTSTORE_CLUSTER_SIZE',
    'EVENTSTORE_CLUSTER_DNS',
    'EVENTSTORE_CLUSTER_GOSSIP_PORT',
    'EVENTSTORE_GOSSIP_ALLOWED_DIFFERENCE_MS',
    'EVENTSTORE_INT_HTTP_PREFIXES',
    'EVENTSTORE_EXT_HTTP_PREFIXES',
  ];
  const TEMPLATES: Record<string, string[]> = {
    master: [...ON_ALL_BRANCHES, 'EVENTSTORE_DB', 'EVENTSTORE_LOG'],
    podversion: ON_ALL_BRANCHES,
    'aks-persistentdisk': [...ON_ALL_BRANCHES, 'EVENTSTORE_DB', 'EVENTSTORE_LOG'],
  };
  const upgrading = readFileSync(join(__dirname, '../../docs/upgrading.md'), 'utf8');

  it.each(Object.entries(TEMPLATES))('of branch %s set exactly the variables that are listed', (branch, names) => {
    expect(branches).toEqual(Object.keys(TEMPLATES));
    expect(Object.keys(variables).filter((name) => branch in variables[name].values)).toEqual(names);
  });

  it.each(Object.entries(variables))('have in %s a variable whose fate is known', (name, { verdict, to, reason }) => {
    expect(reason.length).toBeGreaterThan(10);
    expect(to.length > 0).toBe(verdict !== 'dropped');
    for (const target of to) {
      for (const line of LINES) expect(EventStoreRelease.of(line).hasOption(target), `${target}, ${line}`).toBe(true);
    }
    if (verdict === 'mapped') expect(to).toEqual([optionName(name)]);
    if (verdict === 'renamed') expect(RENAMED[optionName(name)]).toBe(to[0]);
    if (verdict === 'dropped') expect(RENAMED[optionName(name)]).not.toBe(to[0] ?? '');
  });

  it.each(Object.keys(variables))('have in %s a variable that the page on upgrading tells of', (name) => {
    const row = upgrading.split('\n').find((text) => text.startsWith(`| \`${name}\``));
    expect(row).toBeDefined();
    for (const target of variables[name].to) expect(row).toContain(`\`${target}\``);
  });
});

describe('the page on upgrading', () => {
  const upgrading = readFileSync(join(__dirname, '../../docs/upgrading.md'), 'utf8');

  it.each([...Object.keys(RENAMED), ...Object.keys(REMOVED)])('tells of %s', (name) => {
    expect(upgrading).toContain(`\`${name}\``);
  });
});
