import type { Manifest } from '../helpers';
import { Configuration } from './nginx-configuration';
import { mapped, REQUESTS } from './nginx-maps';
import { blocks, directives, valuesOf } from './nginx-parser';
import { DOOR_TLS, EVENTS, HTTP_BLOCK, MAIN, SERVER } from './nginx-promises';
import { memberTls, pools, repeats, timeouts, upstreams } from './nginx-traffic';
import { frontendsOf } from './parts';
import { type Contract, podSpec, quantity } from './world';

/**
 * What nginx.conf must be to the other objects, and what cannot be seen by asking nginx: pools, time-outs, buffers. How
 * it answers is shown by a real nginx (test/frontend, test/mutations).
 */
export const nginx: Contract = (world) => {
  for (const frontend of frontendsOf(world)) {
    const there = world.expect(
      frontend.config,
      'nginx',
      frontend.deployment,
      'no ConfigMap of the pod holds nginx.conf',
    );
    if (!there) continue;
    const configuration = new Configuration(world, frontend);
    for (const check of CHECKS) check(configuration);
  }
};

function quiet(c: Configuration): void {
  c.quiet(c.tree, MAIN, 'nginx.conf');
  c.quiet(blocks(c.tree, 'events')[0]?.inner ?? [], EVENTS, 'events');
  c.quiet(c.http, HTTP_BLOCK, 'http');
  c.quiet(c.server, SERVER, 'server');
  if (c.frontend.tls) c.quiet(c.server, DOOR_TLS, 'server');
}

/** The root file system is read-only: what nginx writes lies in a volume that it may write. */
function files(c: Configuration): void {
  const { deployment, container } = c.frontend;
  const volumes: Manifest[] = podSpec(deployment).volumes;
  const writable = (container.volumeMounts as Manifest[]).filter(({ name }) =>
    volumes.some((volume) => volume.name === name && volume.emptyDir),
  );
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path`);
  const paths = [...valuesOf(c.tree, 'pid'), ...temp.flatMap((name) => valuesOf(c.http, name))];
  c.equal(paths.length, 6, 'the number of files and folders that nginx writes');
  c.equal(new Set(paths).size, 6, 'the number of different ones');
  for (const path of paths) {
    const inside = writable.some(({ mountPath }) => path.startsWith(`${mountPath}/`));
    c.expect(inside, `${path} does not lie where nginx may write`);
  }
  const read = ['auth_basic_user_file', 'proxy_ssl_trusted_certificate', 'grpc_ssl_trusted_certificate'];
  const doors = blocks(c.tree, 'map').filter(({ args }) => args[1] === '$door');
  const folders = doors.flatMap(({ inner }) => valuesOf(inner ?? [], 'default'));
  for (const file of [...read.flatMap((name) => valuesOf(c.server, name)), ...folders.map((f) => `${f}/tls.crt`)]) {
    const mount = (container.volumeMounts as Manifest[]).find(({ mountPath }) => file.startsWith(`${mountPath}/`));
    c.expect(mount || file === '/etc/ssl/certs/ca-certificates.crt', `${file} is not mounted`);
    const items = volumes.find(({ name }) => name === mount?.name)?.secret?.items;
    const there = !items || items.some(({ path }: Manifest) => `${mount?.mountPath}/${path}` === file);
    c.expect(there, `${file} is not among the files of its Secret`);
  }
  if (c.frontend.tls) c.equal(folders.length, 1, 'the number of folders with the certificate');
}

/** Two workers cannot use more than two processors, so the limit never throttles. */
function workers(c: Configuration): void {
  const limit = quantity(c.frontend.container.resources?.limits?.cpu);
  c.equal(valuesOf(c.tree, 'worker_processes'), [String(limit)], 'worker_processes, the limit of processors');
  const [connections] = directives(c.tree, 'events', 'worker_connections').map(Number);
  const [files] = valuesOf(c.tree, 'worker_rlimit_nofile').map(Number);
  c.expect(files >= 2 * connections, 'worker_rlimit_nofile is below two for each connection');
}

/** What becomes of a request by its method and headers, and of a redirect by whom it names. */
function maps(c: Configuration): void {
  const expect = (variable: string, given: string, value: string) =>
    c.equal(mapped(c.tree, variable, given), value, `${variable} for ${JSON.stringify(given)}`);
  for (const [request, kind] of Object.entries(REQUESTS)) expect('$kind', request, kind);
  c.frontend.cluster?.advertised.forEach((address, i) => {
    for (const scheme of ['http', 'https', 'HTTP'])
      expect('$redirected_to', `${scheme}://${address}/a`, `member_${i + 1}`);
  });
  for (const other of ['http://elsewhere.example:2113/streams/a', '/streams/a', '', 'http://es-1:2113/streams/a']) {
    expect('$redirected_to', other, 'elsewhere');
  }
  const volatile = blocks(c.tree, 'map').filter(({ inner = [] }) => inner.some(({ name }) => name === 'volatile'));
  // a request may be redirected twice, and the second answer counts
  c.equal(
    volatile.map(({ args }) => args[1]),
    ['$redirected_to'],
    'the map that is looked at anew each time',
  );
  // writes are led to the leader, for a follower that has lost it would hold them; reads only where that was chosen
  for (const write of ['append', 'once']) expect('$require_leader', `${write}/streams/a`, 'True');
  for (const other of ['read/streams/a', 'poll/streams/a', 'once/ui', 'append/admin/streams/', 'append/streams']) {
    const chosen = mapped(c.tree, '$require_leader', other) === 'True' && /^(read|poll)/.test(other);
    if (!chosen) expect('$require_leader', other, '$http_es_requireleader');
  }
  for (const socket of ['websocket', 'WebSocket']) expect('$upgrade', socket, 'websocket');
  for (const other of ['h2c', '', 'websocketx', 'xwebsocket']) expect('$upgrade', other, '');
  expect('$upstream_connection', 'websocket', 'upgrade');
  expect('$upstream_connection', '', '');
  expect('$outside_port', 'door.example:444', '$given');
  for (const name of ['door.example', '']) expect('$outside_port', name, c.frontend.tls ? '443' : '80');
  for (const failure of ['500', '502', '504']) expect('$failed', failure, '1');
  for (const success of ['200', '201', '307', '404', '499']) {
    c.expect(/^0?$/.test(mapped(c.tree, '$failed', success) ?? 'missing'), `${success} must not be logged`);
  }
}

function listen(c: Configuration): void {
  const [port] = c.frontend.container.ports;
  const expected = `${port.containerPort}${c.frontend.tls ? ' ssl' : ''} reuseport`;
  // each worker has a queue of its own: one does not take all connections
  c.equal(valuesOf(c.server, 'listen'), [expected], 'listen');
  c.equal(valuesOf(c.server, 'http2'), ['on'], 'http2');
  c.equal(blocks(c.tree, 'server').length, 1, 'the number of servers');
}

const CHECKS = [quiet, files, workers, maps, listen, upstreams, pools, timeouts, repeats, memberTls];
