import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, describe, expect } from 'vitest';

const ROOT = join(__dirname, '..', '..');

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as its users start it, in an empty folder of its own. */
class Cli {
  constructor(public readonly folder: string) {}

  run(...args: string[]): Promise<Result> {
    const command = ['--require', join(ROOT, 'node_modules/tsx/dist/cjs/index.cjs'), join(ROOT, 'main.ts'), ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, command, { cwd: this.folder }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  }

  config(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  files(...names: string[]): string[] {
    return readdirSync(this.path(...names));
  }

  read(...names: string[]): string {
    return readFileSync(this.path(...names), 'utf8');
  }
}

const it = base.extend<{ cli: Cli }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from the pattern
  cli: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'es-cli-'));
    await use(new Cli(folder));
    rmSync(folder, { recursive: true, force: true });
  },
});

const FILES = ['00-namespace.k8s.yaml', '10-eventstore.k8s.yaml', '20-frontend.k8s.yaml', '30-monitoring.k8s.yaml'];

describe.concurrent('synth', () => {
  it('writes one file a chart, and says what it wrote, what is dangerous and what to type next', async ({ cli }) => {
    const { code, stdout, stderr } = await cli.run('--nodes', '3', '--storage', 'azurefile');
    expect(code).toBe(0);
    expect(cli.files('dist')).toEqual(FILES);
    for (const file of FILES) expect(stdout).toContain(file);
    expect(stderr).toMatch(/^ES202W /m);
    expect(stdout).toMatch(/npm run -s azure -- --nodes 3/);
    expect(stdout).toMatch(/kubectl apply -f dist\//);
    expect(stdout).toMatch(/kubectl -n eventstore port-forward service\/es-frontend 2113/);
    expect(stdout).toMatch(/kubectl -n eventstore port-forward service\/monitoring-grafana 3000:80/);
  });

  it('says that pod storage is gone with its pod', async ({ cli }) => {
    expect((await cli.run()).stderr).toMatch(/^ES201W /m);
  });

  it('writes the same bytes in any order of flags, and from a config file', async ({ cli }) => {
    const file = cli.config('es.yaml', 'nodes: 5\nstorage: disk\nserverVersion: "24.10"\n');
    await Promise.all([
      cli.run('--nodes', '5', '--storage', 'disk', '--server-version', '24.10', '--out', 'a'),
      cli.run('--server-version=24.10', '--out=b', '--storage=disk', '--nodes=5'),
      cli.run('--config', file, '--out', 'c'),
      cli.run(
        '--config',
        cli.config('es.json', '{"nodes": 5, "storage": "disk", "server-version": "24.10", "out": "d"}'),
      ),
    ]);
    for (const other of ['b', 'c', 'd']) {
      for (const name of FILES) {
        expect(cli.read(other, name)).toBe(cli.read('a', name));
      }
    }
  });

  it('lets flags win over the config file', async ({ cli }) => {
    const file = cli.config('es.yaml', 'nodes: 5\nname: orders\nallowedIps: [10.0.0.0/8]\nexposure: internal\n');
    const { stdout } = await cli.run('--config', file, '--nodes', '1', '--stdout');
    expect(stdout).toContain('name: orders-1');
    expect(stdout).not.toContain('name: orders-2');
    expect(stdout).toContain('10.0.0.0/8');
  });

  it('prints YAML alone with --stdout, and writes nothing', async ({ cli }) => {
    const { stdout, stderr } = await cli.run('--stdout');
    expect(stdout.startsWith('---\napiVersion: v1\nkind: Namespace\n')).toBe(true);
    expect(stdout).not.toMatch(/kubectl/);
    expect(stderr).toMatch(/kubectl apply -f -/);
    expect(cli.files()).toEqual([]);
  });

  it('says nothing but warnings with --quiet', async ({ cli }) => {
    const { stdout, stderr } = await cli.run('--quiet');
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^ES201W .*\n$/);
  });

  it('replaces its own files only, and takes away those that it no longer makes', async ({ cli }) => {
    mkdirSync(cli.path('dist'));
    writeFileSync(cli.path('dist', '50-mine.yaml'), 'mine');
    await cli.run();
    await cli.run('--no-frontend', '--monitoring', 'none');
    expect(cli.files('dist')).toEqual(['00-namespace.k8s.yaml', '10-eventstore.k8s.yaml', '50-mine.yaml']);
    expect(cli.read('dist', '50-mine.yaml')).toBe('mine');
  });

  it('takes pod for podstorage', async ({ cli }) => {
    const [pod, podstorage] = await Promise.all([cli.run('--storage', 'pod', '--stdout'), cli.run('--stdout')]);
    expect(pod.stdout).toBe(podstorage.stdout);
  });

  it('says which flags count for nothing', async ({ cli }) => {
    const { code, stderr } = await cli.run(
      '--storage-class',
      'fast',
      '--no-frontend',
      '--exposure',
      'internal',
      '--stdout',
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^ES006W --storage-class counts only with --storage disk/m);
    expect(stderr).toMatch(/^ES006W --exposure counts only with a front end/m);
  });

  it('says which flags of the monitoring count for nothing', async ({ cli }) => {
    const [none, heapster] = await Promise.all([
      cli.run('--monitoring', 'none', '--retention', '7d', '--nodes-proxy', '--stdout'),
      cli.run('--collector', 'heapster', '--nodes-proxy', '--stdout'),
    ]);
    expect(none.stderr).toMatch(/^ES006W --retention counts only with --monitoring influxdb, got none/m);
    expect(none.stderr).toMatch(/^ES006W --nodes-proxy counts only with --monitoring influxdb/m);
    expect(heapster.stderr).toMatch(/^ES502W /m);
    expect(heapster.stderr).toMatch(/^ES006W --nodes-proxy counts only with --collector telegraf/m);
  });

  it('tells a Prometheus that is there, with the labels that its operator looks for', async ({ cli }) => {
    const flags = ['--prometheus-labels', 'release=kps,team=a', '--prometheus-namespace', 'watch', '--retention', '7d'];
    const { stderr, stdout } = await cli.run('--monitoring', 'prometheus', ...flags);
    const yaml = cli.read('dist', '30-monitoring.k8s.yaml');
    expect(yaml).toContain('kind: ServiceMonitor');
    expect(yaml).toMatch(/release: kps\n {4}team: a\n/);
    expect(yaml).toContain('kubernetes.io/metadata.name: watch');
    expect(stderr).toMatch(/^ES006W --retention counts only with --monitoring influxdb, got prometheus/m);
    expect(stdout).not.toContain('grafana');
  });

  it('writes the same other files with monitoring and without', async ({ cli }) => {
    await Promise.all([cli.run('--out', 'with'), cli.run('--monitoring', 'none', '--out', 'without')]);
    expect(cli.files('without')).toEqual(FILES.slice(0, 3));
    for (const file of FILES.slice(0, 3)) expect(cli.read('with', file)).toBe(cli.read('without', file));
  });

  it('connects a benchmark with the InfluxDB that it writes, and with no other monitoring', async ({ cli }) => {
    const plan = ['--benchmark', 'users=10,duration=1m,kills=20s'];
    await Promise.all(
      ['influxdb', 'none', 'prometheus'].map((kind) => cli.run(...plan, '--monitoring', kind, '--out', kind)),
    );
    for (const file of ['load', 'kills'].map((name) => join('benchmark', `${name}.k8s.yaml`))) {
      expect(cli.read('prometheus', file)).toBe(cli.read('none', file));
      expect(cli.read('none', file)).not.toContain('monitoring');
      expect(cli.read('influxdb', file)).toContain('monitoring-client: "true"');
      expect(cli.read('influxdb', file)).toContain('http://monitoring-influxdb.eventstore.svc.cluster.local:8086/');
    }
  });

  it('says which Secret an exposed Grafana wants before it is applied', async ({ cli }) => {
    const { code, stdout, stderr } = await cli.run(
      ...['--grafana-exposure', 'public', '--grafana-secret', 'grafana-admin', '--grafana-tls-secret', 'door'],
    );
    expect(code).toBe(0);
    expect(stdout).toContain('kubectl -n eventstore create secret generic grafana-admin');
    expect(stdout).toContain('port-forward service/monitoring-grafana 3000:443');
    expect(stderr).not.toContain('ES503W');
    expect(cli.read('dist', '30-monitoring.k8s.yaml')).toContain('type: LoadBalancer');
  });

  it('fits its help on one screen, in groups, with two examples', async ({ cli }) => {
    const { stdout } = await cli.run('--help');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    for (const group of ['Cluster:', 'Storage:', 'Front end:', 'Monitoring:', 'Output:'])
      expect(stdout).toContain(group);
    expect(stdout.match(/^ {2}npm run synth -- --nodes/gm)).toHaveLength(2);
  });
});

describe.concurrent('bad input is one line on stderr that starts with its code, exit 1, and an untouched folder', () => {
  const cases: [what: string, code: string, args: string[]][] = [
    ['an even cluster', 'ES101', ['--nodes', '4']],
    ['no number', 'ES101', ['--nodes', 'three']],
    ['half a node', 'ES101', ['--nodes', '2.5']],
    ['a name in capitals', 'ES102', ['--name', 'Es']],
    ['an empty name', 'ES102', ['--name=']],
    ['a name that is too long', 'ES103', ['--name', 'e'.repeat(60)]],
    ['a namespace with a dot', 'ES102', ['--namespace', 'a.b']],
    ['an unknown storage', 'ES005', ['--storage', 'floppy']],
    ['an unknown protocol', 'ES005', ['--protocol', 'ftp']],
    ['an unknown server line', 'ES401', ['--server-version', '27.0']],
    ['a share that is too small', 'ES207', ['--storage', 'azurefile', '--size', '10Gi']],
    ['a size without a unit', 'ES207', ['--size', '100']],
    ['a share prefix that Azure refuses', 'ES201', ['--storage', 'azurefile', '--share-prefix', 'A_']],
    ['an account that Azure refuses', 'ES206', ['--storage', 'azurefile', '--storage-account', 'My-Account']],
    ['NFS without an account', 'ES205', ['--storage', 'azurefile', '--protocol', 'nfs']],
    ['a StorageClass that cannot be', 'ES208', ['--storage', 'disk', '--storage-class', 'a b']],
    ['a public door before an insecure cluster', 'ES301', ['--exposure', 'public']],
    ['an address that is no CIDR', 'ES302', ['--exposure', 'internal', '--allowed-ips', '10.0.0.300/8']],
    ['an unknown flag', 'ES001', ['--nodse', '3']],
    ['a stray word', 'ES001', ['azurefile']],
    ['a flag without its value', 'ES001', ['--name']],
    ['a config file that is not there', 'ES002', ['--config', 'nowhere.yaml']],
    ['a label without a value', 'ES511', ['--monitoring', 'prometheus', '--prometheus-labels', 'release']],
    ['an unknown monitoring', 'ES005', ['--monitoring', 'graphite']],
    ['an unknown collector', 'ES005', ['--collector', 'collectd']],
    ['an exposed Grafana without a Secret', 'ES501', ['--grafana-exposure', 'public']],
    ['an internal Grafana without a Secret', 'ES501', ['--grafana-exposure', 'internal']],
    ['a retention without a unit', 'ES504', ['--retention', '14']],
    ['a retention that ends before a benchmark is looked at', 'ES504', ['--retention', '5m']],
    ['a retention shorter than the benchmark', 'ES504', ['--retention', '1h', '--benchmark', 'duration=59m,warmup=2m']],
    ["room for figures that is not a claim's", 'ES207', ['--monitoring-size', '1Mi']],
    ['an output folder that cannot be', 'ES004', ['--out', '/dev/null/dist']],
  ];

  it.for(cases)('%s: %s', async ([_, expected, args], { cli }) => {
    const { code, stdout, stderr } = await cli.run(...args);
    expect(stderr).toMatch(new RegExp(`^${expected} [^\\n]+\\n$`));
    expect(stdout).toBe('');
    expect(code).toBe(1);
    expect(cli.files()).toEqual([]);
  });

  it('names the nearest known flag', async ({ cli }) => {
    expect((await cli.run('--nodse', '3')).stderr).toContain('did you mean --nodes');
    expect((await cli.run('--storage-clas', 'x')).stderr).toContain('did you mean --storage-class');
  });

  it('leaves what an earlier run wrote', async ({ cli }) => {
    await cli.run('--nodes', '1');
    const before = FILES.map((file) => cli.read('dist', file));
    expect((await cli.run('--nodes', '4')).code).toBe(1);
    expect(cli.files('dist')).toEqual(FILES);
    expect(FILES.map((file) => cli.read('dist', file))).toEqual(before);
  });

  it('leaves everything as it was when one of the files cannot be replaced', async ({ cli }) => {
    await cli.run('--nodes', '1');
    rmSync(cli.path('dist', FILES[2]));
    mkdirSync(cli.path('dist', FILES[2]));
    const before = cli.read('dist', FILES[1]);
    expect((await cli.run('--nodes', '3')).stderr).toMatch(/^ES004 /);
    expect(cli.read('dist', FILES[1])).toBe(before);
    expect(cli.files('dist')).toEqual(FILES);
  });

  const configs: [what: string, text: string, code: string, says: RegExp][] = [
    ['no YAML', 'nodes: [3', 'ES002', /cannot be read/],
    ['a list', '- nodes', 'ES003', /got a list/],
    ['an unknown key', 'node: 3', 'ES003', /did you mean nodes/],
    ['a text for a number', 'nodes: "3"', 'ES003', /nodes must be number, got "3"/],
    ['a number for a text', 'serverVersion: 26.0', 'ES003', /serverVersion must be text, got 26: put it in quotes/],
    ['a text for a switch', 'frontend: "no"', 'ES003', /frontend must be true or false/],
    ['a wrong entry in a list', 'allowedIps: [10.0.0.0/8, 7]', 'ES003', /allowedIps\[1\] must be text, got 7/],
    ['a map', 'name: {a: b}', 'ES003', /name must be text, got a map/],
  ];

  it.for(configs)('a config file with %s', async ([_, text, expected, says], { cli }) => {
    const { code, stderr } = await cli.run('--config', cli.config('es.yaml', text));
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^${expected} [^\\n]+\\n$`));
    expect(stderr).toMatch(says);
    expect(cli.files()).toEqual(['es.yaml']);
  });
});

describe.concurrent('azure', () => {
  it('prints a script and nothing else', async ({ cli }) => {
    const { code, stdout, stderr } = await cli.run('azure', '--nodes', '3');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^#!\/usr\/bin\/env bash\n/);
  });

  it('takes the flags of the generator, also from its config file', async ({ cli }) => {
    const file = cli.config('es.yaml', 'nodes: 5\nstorage: azurefile\nnamespace: orders\nsize: 1Ti\n');
    const { stdout } = await cli.run('azure', '--config', file, '--share-prefix', 'orders-');
    expect(stdout).toContain('nodes=5');
    expect(stdout).toContain("share_prefix='orders-'");
    expect(stdout).toContain('share_gib=1024');
  });

  it('refuses bad input in one line', async ({ cli }) => {
    for (const args of [
      ['--nodes', '4'],
      ['--location', 'a;b'],
      ['--sise', '1Gi'],
      ['--size', '1Gi'],
    ]) {
      const { code, stdout, stderr } = await cli.run('azure', ...args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^ES\d{3} [^\n]+\n$/);
    }
  });
});

it('dist/ holds what the README command writes', async ({ cli }) => {
  await cli.run('--nodes', '3', '--storage', 'azurefile');
  expect(readdirSync(join(ROOT, 'dist'))).toEqual(FILES);
  for (const file of FILES) {
    expect(readFileSync(join(ROOT, 'dist', file), 'utf8'), 'run the first command of the README').toBe(
      cli.read('dist', file),
    );
  }
});
