import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { telegrafConfig } from '../../lib/monitoring/telegraf-config';
import { freePorts } from '../ports';
import { type Tool, tool } from '../tools/tools';
import { LINES, memberPath } from './pages';

/** Programs that run until `stop`. */
export class Programs {
  private readonly running: { name: string; child: ChildProcess }[] = [];

  constructor(private readonly folder: string) {}

  public start(name: Tool, args: string[], env: Record<string, string> = {}): ChildProcess {
    const log = createWriteStream(this.log(name));
    const child = spawn(tool(name)!, args, { cwd: this.folder, env: { ...process.env, ...env } });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.running.push({ name, child });
    return child;
  }

  /** What the program has said. */
  public said(name: Tool): string {
    return readFileSync(this.log(name), 'utf8');
  }

  public async stop(): Promise<void> {
    for (const { child } of this.running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((exit) => child.once('exit', exit));
      child.kill('SIGKILL');
      await gone;
    }
  }

  private log(name: string): string {
    return join(this.folder, `${name}.log`);
  }
}

export function influxConfig(folder: string, http: number, rpc: number): string {
  const path = join(folder, 'influxdb.conf');
  const data = join(folder, 'influxdb');
  mkdirSync(data);
  writeFileSync(
    path,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
dir = "${data}/meta"
[data]
dir = "${data}/data"
wal-dir = "${data}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:${http}"
log-enabled = false
[monitor]
store-enabled = false
`,
  );
  return path;
}

/**
 * The monitoring stack's own telegraf.conf, with the stand-in in the places of kubelets and members, and seconds between
 * two looks in place of a quarter of a minute.
 */
export async function telegrafConf(folder: string, pages: number, influx: number): Promise<string> {
  const path = join(folder, 'telegraf.conf');
  const token = join(folder, 'token');
  writeFileSync(token, 'token');
  const members = Object.entries(LINES).flatMap(([line, { members }]) =>
    members.map((_, index) => ({
      url: `http://127.0.0.1:${pages}${memberPath(line, index + 1)}`,
      namespace: 'eventstore',
      cluster: `line-${line}`,
      member: `es-${index + 1}`,
    })),
  );
  const made = telegrafConfig({
    members,
    namespaces: ['eventstore'],
    influxdbUrl: `http://127.0.0.1:${influx}`,
    database: 'k8s',
    token,
    healthPort: (await freePorts(1))[0],
  });
  writeFileSync(
    path,
    made
      .replace(/^( {2}(?:interval|precision|flush_interval) = ).*$/gm, '$1"1s"')
      .replace('url = ""', `url = "http://127.0.0.1:${pages}"`),
  );
  return path;
}

/** Prometheus with the labels that the operator and our ServiceMonitor give. */
export function prometheusConfig(folder: string, pages: number): string {
  const path = join(folder, 'prometheus.yml');
  const target = `127.0.0.1:${pages}`;
  const member = (line: string, ordinal: number) => ({
    job_name: `line-${line}-${ordinal}`,
    metrics_path: memberPath(line, ordinal),
    static_configs: [
      {
        targets: [target],
        labels: { namespace: 'eventstore', pod: `es-${ordinal}`, eventstore_cluster: `line-${line}` },
      },
    ],
  });
  const kubelet = (metricsPath: string) => ({
    job_name: `kubelet${metricsPath}`,
    metrics_path: metricsPath,
    static_configs: [{ targets: [target], labels: { node: 'node-1' } }],
  });
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      ...Object.entries(LINES).flatMap(([line, { members }]) => members.map((_, index) => member(line, index + 1))),
      kubelet('/metrics/cadvisor'),
      kubelet('/metrics'),
    ],
  };
  // JSON is YAML
  writeFileSync(path, JSON.stringify(config));
  return path;
}
