import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PASSWORD_VARIABLE, telegrafConfig, USER_VARIABLE } from '../../lib/monitoring/telegraf-config';
import { Authority } from '../frontend/certificates';
import { needs, tool } from '../tools/tools';
import { servePages } from './pages';
import { SECURE, Stacks, telegrafConf } from './stack';

const INPUT = {
  members: [],
  namespaces: ['eventstore'],
  influxdbUrl: 'http://influxdb:8086',
  database: 'k8s',
  token: '/var/run/secrets/kubernetes.io/serviceaccount/token',
  healthPort: 8080,
};

describe.skipIf(needs('telegraf'))('the real Telegraf', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telegraf-'));
  const authority = new Authority(folder);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;

  /** Not synchronously: what Telegraf asks is served by this very process. */
  function run(conf: string, args: string[], env: Record<string, string> = {}) {
    files += 1;
    const path = join(folder, `telegraf-${files}.conf`);
    writeFileSync(path, conf);
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
      execFile(
        tool('telegraf')!,
        [...args, '--strict-env-handling', '--config', path],
        options,
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  }
  const check = (conf: string) => run(conf, ['config', 'check']);

  /** What it collects once, as lines of InfluxDB. */
  async function collect(conf: string, env?: Record<string, string>) {
    const { stdout } = await run(conf, ['--test'], env);
    return stdout.split('\n').map((line) => line.replace(/^> /, ''));
  }
  const membersOnly = (conf: string) =>
    conf
      .split('\n\n')
      .filter((block) => !block.includes('inputs.kubernetes'))
      .join('\n\n');

  const stacks: Record<string, () => string> = {
    'one member': () => {
      const app = new Stacks();
      return telegrafConf(app.monitor({ clusters: [app.cluster({ nodes: 1 })] }));
    },
    'seven members': () => {
      const app = new Stacks();
      return telegrafConf(app.monitor({ clusters: [app.cluster({ nodes: 7 })] }));
    },
    'a secure cluster': () => {
      const app = new Stacks();
      const clusters = [app.cluster({ security: SECURE })];
      return telegrafConf(app.monitor({ clusters, credentialsSecretName: 'user' }));
    },
    'clusters in three namespaces': () => {
      const app = new Stacks();
      const clusters = [app.cluster(), app.cluster({}, 'orders'), app.cluster({ security: SECURE }, 'billing')];
      return telegrafConf(app.monitor({ clusters, credentialsSecretName: 'user' }));
    },
  };

  it.each(Object.entries(stacks))('takes the configuration for %s', async (_, conf) => {
    // the authority's file is in the pod, not here
    const here = conf().replace(/tls_ca = ".*"/g, `tls_ca = "${authority.file}"`);
    expect(await check(here)).toMatchObject({ code: 0 });
  });

  it('would refuse a field that it does not know', async () => {
    const { code, stderr } = await check(telegrafConfig(INPUT).replace('metricpass', 'metricpas'));
    expect(code).toBe(1);
    expect(stderr).toContain('"metricpas"');
  });

  it('writes down the pods of the chosen namespaces, all machines, and no tag that changes with a version', async () => {
    const { port, server } = await servePages();
    const token = join(folder, 'token');
    writeFileSync(token, 'token');
    const lines = (namespaces: string[]) =>
      collect(telegrafConfig({ ...INPUT, namespaces, token }).replace('url = ""', `url = "http://127.0.0.1:${port}"`));
    const own = await lines(['eventstore']);
    expect(own.filter((line) => /^kubernetes_pod_container,/.test(line)).length).toBeGreaterThan(0);
    expect(own.filter((line) => /^kubernetes_node,/.test(line)).length).toBeGreaterThan(0);
    expect(own.filter((line) => /^kubernetes_system_container|[,]image=|[,]version=|[,]host=/.test(line))).toEqual([]);
    const other = await lines(['elsewhere']);
    expect(other.filter((line) => line.startsWith('kubernetes_pod_'))).toEqual([]);
    expect(other.filter((line) => line.startsWith('kubernetes_node')).length).toBeGreaterThan(0);
    server.close();
  });

  it('names member and cluster of every figure, and leaves out who wrote the exporter', async () => {
    const { port, server } = await servePages();
    const url = `http://127.0.0.1:${port}/26.0/1/metrics`;
    const members = [{ url, namespace: 'eventstore', cluster: 'es', member: 'es-1' }];
    const lines = (await collect(membersOnly(telegrafConfig({ ...INPUT, members })))).filter((line) =>
      line.startsWith('prometheus,'),
    );
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) expect(line).toMatch(/,cluster=es,.*member=es-1,.*namespace=eventstore/);
    // one instant for all members, whatever their clocks say
    const times = new Set(lines.map((line) => Number(line.split(' ').at(-1)) / 1e9));
    expect([...times].map((time) => time % 15)).toEqual([0]);
    expect(Math.abs([...times][0] - Date.now() / 1000)).toBeLessThan(30);
    expect(lines.filter((line) => /[,](url|otel_scope_\w+)=/.test(line))).toEqual([]);
    server.close();
  });

  describe('at a member that speaks TLS', () => {
    const password = 'a"b\\c\'$HOME ${HOME} #é [[inputs.exec]]';
    const user = { [USER_VARIABLE]: 'metrics', [PASSWORD_VARIABLE]: password };

    /** Asks a member whose certificate this authority has signed, and says what came of it. */
    async function ask(ca: string): Promise<{ authorization?: string; collected: string[] }> {
      const { cert, key } = authority.certificate('member', 'localhost');
      let authorization: string | undefined;
      const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, ({ headers }, response) => {
        authorization = headers.authorization;
        response.setHeader('content-type', 'text/plain; version=0.0.4').end('up 1\n');
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const url = `https://localhost:${(server.address() as AddressInfo).port}/metrics`;
      const members = [{ url, namespace: 'eventstore', cluster: 'es', member: 'es-1', ca }];
      const collected = await collect(membersOnly(telegrafConfig({ ...INPUT, members })), user);
      server.close();
      return { authorization, collected: collected.filter((line) => line.startsWith('prometheus')) };
    }

    it('sends any password as it is', async () => {
      const { authorization, collected } = await ask(authority.file);
      expect(Buffer.from(String(authorization).replace('Basic ', ''), 'base64').toString()).toBe(`metrics:${password}`);
      expect(collected).toHaveLength(1);
    });

    it('sends none to a member that another authority vouches for', async () => {
      expect(await ask(new Authority(folder, 'other').file)).toEqual({ authorization: undefined, collected: [] });
    });
  });
});
