import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { Authority } from './certificates';
import { Cluster, type ClusterOptions, run, sleep } from './cluster';
import { grpc, SERVICE } from './grpc';

describe.skipIf(needs('nginx'))('the door and the way to the members', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontend-tls-'));
  let authority: Authority;
  let cluster: Cluster;

  beforeAll(() => {
    authority = new Authority(folder);
    authority.certificate('door', 'localhost');
    authority.certificate('door2', 'localhost', 'renewed.example');
    authority.certificate('members', '*.es-nodes.eventstore.svc.cluster.local');
    authority.certificate('strangers', 'es-1.eventstore.svc.cluster.local');
  });
  afterEach(() => cluster?.stop());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const pair = (name: string) => ({ cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) });
  const door = (name: string) => (to: string) => {
    mkdirSync(join(to, 'tls'), { recursive: true });
    copyFileSync(pair(name).cert, join(to, 'tls', 'tls.crt'));
    copyFileSync(pair(name).key, join(to, 'tls', 'tls.key'));
  };
  const start = async (options: ClusterOptions) => {
    cluster = await Cluster.start({ size: 3, ...options });
    return cluster;
  };
  const curl = (path: string, ...more: string[]) =>
    run([
      'curl',
      '-sS',
      '--cacert',
      authority.file,
      '-w',
      ' %{http_code} %{http_version}',
      ...more,
      `${cluster.url.replace('127.0.0.1', 'localhost')}${path}`,
    ]).stdout;

  it('speaks TLS with HTTP/1.1, HTTP/2 and gRPC on one port, and tells members so', async () => {
    await start({ tls: true, files: door('door') });
    expect(curl('/healthz', '--http1.1')).toBe('ok\n 200 1.1');
    expect(curl('/healthz', '--http2')).toBe('ok\n 200 2');
    const answer = JSON.parse(curl('/streams/echo', '--http1.1').replace(/ 200 1\.1$/, ''));
    expect(answer.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-host': `localhost:${cluster.port}`,
    });
    expect((await grpc(cluster.url, `${SERVICE}/Read`)).trailers['grpc-status']).toBe('0');
    expect(curl('/healthz', '-D', '-', '-o', '/dev/null')).toContain('strict-transport-security: max-age=31536000');
    expect(run(['curl', '-sS', '--tls-max', '1.1', '-k', `${cluster.url}/healthz`]).status).not.toBe(0);
  });

  it('takes up a renewed certificate without a restart', { timeout: 120_000 }, async () => {
    await start({ tls: true, files: door('door') });
    expect(await namesOf(cluster.port)).not.toContain('renewed.example');
    await sleep(1100); // nginx compares seconds; in Kubernetes a renewed Secret is another file
    door('door2')(cluster.folder);
    let names = '';
    for (let i = 0; i < 90 && !names.includes('renewed.example'); i++) {
      await sleep(1000);
      names = await namesOf(cluster.port);
    }
    expect(names).toContain('renewed.example');
  });

  it('asks for a password, except about its health, and keeps it from the members', async () => {
    await start({
      basicAuth: true,
      files: (to) => writeFileSync(join(to, 'users'), `alice:${run(['openssl', 'passwd', '-apr1', 'secret']).stdout}`),
    });
    const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;
    const wrong = `Basic ${Buffer.from('alice:wrong').toString('base64')}`;
    const status = async (path: string, init: RequestInit = {}) => (await fetch(`${cluster.url}${path}`, init)).status;

    expect(await status('/healthz')).toBe(200);
    for (const headers of [{}, { authorization: wrong }] as Record<string, string>[]) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        expect(await status('/streams/echo', { method, headers })).toBe(401);
        expect(await status('/admin/echo', { method, headers })).toBe(401);
      }
      expect(await status('/streams/echo', { headers: { ...headers, 'ES-LongPoll': '1' } })).toBe(401);
      expect((await grpc(cluster.url, `${SERVICE}/Read`, headers)).status).toBe(401);
    }
    for (const init of [{}, { method: 'POST' }, { headers: { 'ES-RequireLeader': 'True' } }] as RequestInit[]) {
      const answer = await fetch(`${cluster.url}/streams/echo`, {
        ...init,
        headers: { ...init.headers, authorization },
      });
      expect(((await answer.json()) as { headers: object }).headers).not.toHaveProperty('authorization');
    }
    expect((await grpc(cluster.url, `${SERVICE}/Append`, { authorization })).trailers['grpc-status']).toBe('0');
  });

  it("trusts members whose certificate is the authority's and made out to their advertised name", async () => {
    await start({
      secure: true,
      memberTls: pair('members'),
      files: (to) => copyFileSync(authority.file, join(to, 'ca.crt')),
    });
    for (const init of [
      {},
      { method: 'POST', body: 'x' },
      { method: 'DELETE' },
      { headers: { 'ES-LongPoll': '1' } },
    ] as RequestInit[]) {
      for (let i = 0; i < 3; i++) expect((await fetch(`${cluster.url}/streams/echo`, init)).status).toBe(200);
    }
    for (let i = 0; i < 3; i++) {
      const led = await fetch(`${cluster.url}/streams/echo`, { headers: { 'ES-RequireLeader': 'True' } });
      expect(((await led.json()) as { member: string }).member).toBe('es-1');
      expect((await grpc(cluster.url, `${SERVICE}/Read`)).trailers['grpc-status']).toBe('0');
      expect((await grpc(cluster.url, `${SERVICE}/Append`)).trailers['grpc-status']).toBe('0');
    }
    const { headers } = (await (
      await fetch(`${cluster.url}/streams/echo`, { headers: { authorization: 'Basic eA==' } })
    ).json()) as never;
    expect(headers).toHaveProperty('authorization', 'Basic eA==');
  });

  it.each([
    ['another authority', 'members', 'other'],
    ['a certificate for another name', 'strangers', 'ca'],
  ])('refuses members with %s', async (_, certificate, ca) => {
    const trusted = ca === 'ca' ? authority : new Authority(folder, ca);
    await start({
      secure: true,
      memberTls: pair(certificate),
      files: (to) => copyFileSync(trusted.file, join(to, 'ca.crt')),
    });
    expect((await fetch(`${cluster.url}/streams/echo`)).status).toBe(502);
    expect((await grpc(cluster.url, `${SERVICE}/Read`)).status).toBe(502);
    expect(cluster.log).toMatch(/certificate (verify|does not match|verification)|upstream SSL certificate/);
  });
});

function namesOf(port: number): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      done(String(socket.getPeerCertificate().subjectaltname));
      socket.destroy();
    });
    socket.on('error', failed);
  });
}
