import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nginxConfig } from '../../lib/frontend/nginx-config';
import { freePorts } from '../ports';
import { needs, tool } from '../tools/tools';
import { Authority } from './certificates';
import { configOptions, type Door, run } from './cluster';

const SWITCHES = ['secure', 'tls', 'basicAuth', 'readsFromLeader', 'retryAppends'] as const;

/** All combinations of the switches. */
const VARIANTS = Array.from({ length: 2 ** SWITCHES.length }, (_, bits) =>
  Object.fromEntries(SWITCHES.map((name, i) => [name, (bits & (1 << i)) !== 0])),
) as Door[];

const members = (count: number) => Array.from({ length: count }, (_, i) => `127.0.0.1:${3000 + i}`);
const named = (door: Door) => SWITCHES.filter((name) => door[name]).join('+') || 'defaults';

describe('nginx.conf', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-conf-'));
  const config = (door: Door, count = 3) => {
    const path = join(folder, `${named(door)}-${count}.conf`);
    writeFileSync(path, nginxConfig(configOptions(members(count), folder, port, door)));
    return path;
  };
  let port = 0;
  beforeAll(async () => {
    // also a test of the configuration binds its port
    [port] = await freePorts(1);
    const { cert, key } = new Authority(folder).certificate('door', 'localhost');
    mkdirSync(join(folder, 'tls'));
    copyFileSync(cert, join(folder, 'tls', 'tls.crt'));
    copyFileSync(key, join(folder, 'tls', 'tls.key'));
    writeFileSync(join(folder, 'users'), 'a:b\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(needs('nginx'))('is accepted by real nginx without a warning, in all variants and sizes', () => {
    const files = [...VARIANTS.map((door) => config(door)), ...[1, 5, 7].map((count) => config({}, count))];
    for (const file of files) {
      // its standard output may be a file or a pipe, as in a pod, but not the socket that Node makes
      const { status, stderr } = run(['sh', '-c', `"${tool('nginx')}" -t -q -e stderr -c "${file}" >/dev/null`]);
      expect([file, status, stderr]).toEqual([file, 0, '']);
    }
  });

  it.skipIf(needs('gixy'))(
    'has nothing that gixy, which looks for insecure configurations, complains of',
    () => {
      const files = [...VARIANTS.map((door) => config(door)), config({}, 1)];
      const { status, stdout } = run([tool('gixy')!, '--format', 'json', ...files]);
      expect([status, JSON.parse(stdout)]).toEqual([0, []]);
    },
    60_000,
  );

  it('writes nothing outside its temporary folder', () => {
    const text = nginxConfig({
      ...configOptions(members(3), '/tmp', 2113),
      paths: { temp: '/tmp', tls: '/t', users: '/u', ca: '/c' },
    });
    const written = [...text.matchAll(/^\s*(?:pid|\w+_temp_path) (\S+);/gm)].map(([, path]) => path);
    expect(written).toHaveLength(6);
    expect(written.filter((path) => !path.startsWith('/tmp/'))).toEqual([]);
  });

  it('changes by added lines only when a member is added, apart from the number of tries', () => {
    const lines = (count: number) => nginxConfig(configOptions(members(count), '/tmp', 2113)).split('\n');
    const after = lines(5);
    const gone = lines(3).filter((line) => !after.includes(line) && !line.includes('_tries'));
    expect(gone).toEqual([]);
  });
});
