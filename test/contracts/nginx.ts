import type { Manifest } from '../helpers';
import { blocks, type Directive, directives, milliseconds, parse, valuesOf } from './nginx-parser';
import { DOOR_TLS, EVENTS, GRPC, HTTP_BLOCK, MAIN, POOL, SERVER, TIMEOUTS } from './nginx-promises';
import { type FrontendParts, frontendsOf, HTTP, host } from './parts';
import { type Contract, podSpec, quantity, type World } from './world';

type Quiet = typeof MAIN;

/**
 * What nginx.conf must be to the other objects, and what cannot be seen by asking nginx: pools, time-outs, buffers. How
 * it answers is shown by a real nginx (test/frontend, test/mutations).
 */
export const nginx: Contract = (world) => {
  for (const frontend of frontendsOf(world)) {
    const { deployment, config } = frontend;
    if (!world.expect(config, 'nginx', deployment, 'no ConfigMap of the pod holds nginx.conf')) continue;
    const tree = parse(config);
    new Configuration(world, frontend, tree).check();
  }
};

class Configuration {
  private readonly http: Directive[];
  private readonly server: Directive[];

  constructor(
    private readonly world: World,
    private readonly frontend: FrontendParts,
    private readonly tree: Directive[],
  ) {
    this.http = blocks(tree, 'http')[0]?.inner ?? [];
    this.server = blocks(tree, 'server')[0]?.inner ?? [];
  }

  public check(): void {
    this.quiet(this.tree, MAIN, 'nginx.conf');
    this.quiet(blocks(this.tree, 'events')[0]?.inner ?? [], EVENTS, 'events');
    this.quiet(this.http, HTTP_BLOCK, 'http');
    this.quiet(this.server, SERVER, 'server');
    if (this.frontend.tls) this.quiet(this.server, DOOR_TLS, 'server');
    this.files();
    this.workers();
    this.listen();
    this.upstreams();
    this.pools();
    this.timeouts();
    this.repeats();
    this.memberTls();
  }

  private expect(holds: unknown, message: string): boolean {
    return this.world.expect(holds, 'nginx', this.frontend.deployment, message);
  }

  private equal(actual: unknown, expected: unknown, what: string): void {
    this.world.equal(actual, expected, 'nginx', this.frontend.deployment, what);
  }

  private quiet(inner: Directive[], promises: Quiet, where: string): void {
    for (const [name, check, reason] of promises) {
      const values = valuesOf(inner, name);
      const holds = values.length === 1 && check(values[0]);
      this.expect(holds, `${name} in ${where} is ${values.join(', ') || 'missing'}: ${reason}`);
    }
  }

  /** The root file system is read-only: what nginx writes lies in a volume that it may write. */
  private files(): void {
    const { deployment, container } = this.frontend;
    const volumes: Manifest[] = podSpec(deployment).volumes;
    const writable = (container.volumeMounts as Manifest[]).filter(({ name }) =>
      volumes.some((volume) => volume.name === name && volume.emptyDir),
    );
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path`);
    const paths = [...valuesOf(this.tree, 'pid'), ...temp.flatMap((name) => valuesOf(this.http, name))];
    this.equal(paths.length, 6, 'the number of files and folders that nginx writes');
    this.equal(new Set(paths).size, 6, 'the number of different ones');
    for (const path of paths) {
      const inside = writable.some(({ mountPath }) => path.startsWith(`${mountPath}/`));
      this.expect(inside, `${path} does not lie where nginx may write`);
    }
    const read = ['auth_basic_user_file', 'proxy_ssl_trusted_certificate', 'grpc_ssl_trusted_certificate'];
    const doors = blocks(this.tree, 'map').filter(({ args }) => args[1] === '$door');
    const folders = doors.flatMap(({ inner }) => valuesOf(inner ?? [], 'default'));
    for (const file of [
      ...read.flatMap((name) => valuesOf(this.server, name)),
      ...folders.map((f) => `${f}/tls.crt`),
    ]) {
      const mount = (container.volumeMounts as Manifest[]).find(({ mountPath }) => file.startsWith(`${mountPath}/`));
      this.expect(mount || file === '/etc/ssl/certs/ca-certificates.crt', `${file} is not mounted`);
      const items = volumes.find(({ name }) => name === mount?.name)?.secret?.items;
      const there = !items || items.some(({ path }: Manifest) => `${mount?.mountPath}/${path}` === file);
      this.expect(there, `${file} is not among the files of its Secret`);
    }
    if (this.frontend.tls) this.equal(folders.length, 1, 'the number of folders with the certificate');
  }

  /** Two workers cannot use more than two processors, so the limit never throttles. */
  private workers(): void {
    const limit = quantity(this.frontend.container.resources?.limits?.cpu);
    this.equal(valuesOf(this.tree, 'worker_processes'), [String(limit)], 'worker_processes, the limit of processors');
    const [connections] = directives(this.tree, 'events', 'worker_connections').map(Number);
    const [files] = valuesOf(this.tree, 'worker_rlimit_nofile').map(Number);
    this.expect(files >= 2 * connections, 'worker_rlimit_nofile is below two for each connection');
  }

  private listen(): void {
    const [port] = this.frontend.container.ports;
    const expected = `${port.containerPort}${this.frontend.tls ? ' ssl' : ''} reuseport`;
    // each worker has a queue of its own: one does not take all connections
    this.equal(valuesOf(this.server, 'listen'), [expected], 'listen');
    this.equal(valuesOf(this.server, 'http2'), ['on'], 'http2');
    this.equal(blocks(this.tree, 'server').length, 1, 'the number of servers');
  }

  /** Members by their own Services, whose addresses stay whatever happens to the pods. */
  private upstreams(): void {
    const { cluster, namespace } = this.frontend;
    if (!cluster) return;
    const members = cluster.members.map((member) => `${host(member, cluster.namespace)}:${HTTP}`);
    const many = members.length > 1;
    const first = members.map((address) => `${address} max_fails=1 fail_timeout=10s`);
    // all once more, so that they are tried when all are out
    const again = many ? members.map((address) => `${address} max_fails=0 backup`) : [];
    const servers = (name: string) => directives(this.tree, `upstream ${name}`, 'server');
    this.equal(servers('members'), [...first, ...again], 'the servers of HTTP');
    this.equal(servers('members_grpc'), [...first, ...again], 'the servers of gRPC');
    this.equal(servers('members_ui'), first, 'the servers of the user interface');
    members.forEach((address, i) => {
      this.equal(servers(`member_${i + 1}`), [address], `the server of member ${i + 1}`);
    });
    // the user interface keeps a session in the member's memory
    const hash = directives(this.tree, 'upstream members_ui', 'hash');
    this.equal(hash, many ? ['$remote_addr consistent'] : [], 'what keeps a client with its member');
    for (const member of cluster.members) {
      const found = this.world.find('Service', namespace, member);
      this.expect(found, `there is no Service ${member}`);
    }
    this.equal(blocks(this.tree, 'upstream').length, 3 + members.length, 'the number of pools');
  }

  /** In one pool of HTTP and gRPC, every gRPC call after the first HTTP request fails (measured). */
  private pools(): void {
    const pools = blocks(this.tree, 'upstream');
    for (const { args, inner = [] } of pools) {
      this.quiet(inner, POOL, `upstream ${args}`);
      const zone = valuesOf(inner, 'zone');
      // the workers must know the same of a member
      this.expect(zone.length === 1 && /^\w+ (64|128|256)k$/.test(zone[0]), `upstream ${args} has no zone`);
    }
    const zones = pools.flatMap(({ inner = [] }) => valuesOf(inner, 'zone').map((zone) => zone.split(' ')[0]));
    this.equal(new Set(zones).size, pools.length, 'the number of different zones');
    const scheme = this.frontend.cluster?.secure ? 's' : '';
    for (const location of blocks(this.tree, 'location')) {
      const inner = location.inner ?? [];
      const where = location.args.join(' ');
      for (const [directive, protocol] of [
        ['proxy_pass', 'http'],
        ['grpc_pass', 'grpc'],
      ]) {
        for (const value of valuesOf(inner, directive)) {
          const [, pool] = new RegExp(`^${protocol}${scheme}://(\\w+)$`).exec(value) ?? [];
          const known = pools.some(({ args }) => args[0] === pool);
          const own = (pool === 'members_grpc') === (protocol === 'grpc');
          this.expect(known && own, `location ${where}: ${directive} ${value} is no pool of its protocol`);
        }
      }
    }
  }

  /** Short, and those that docs/frontend.md says. */
  private timeouts(): void {
    const { poll, control, subscription, connect } = TIMEOUTS;
    const { readTimeout: read = TIMEOUTS.read, writeTimeout: write = TIMEOUTS.write } = this.world.chosen;
    for (const name of ['proxy_connect_timeout', 'grpc_connect_timeout']) {
      this.equal(valuesOf(this.server, name).map(milliseconds), [connect], name);
    }
    const expected: Record<string, number> = {
      '^~ /streams/': read,
      '@poll': poll,
      '@append': write,
      '@once': write,
      '@retry': write,
      '/': control,
      '@control_once': control,
    };
    this.frontend.cluster?.members.forEach((_, i) => {
      expected[`@member_${i + 1}`] = Math.max(read, write);
      expected[`@patient_member_${i + 1}`] = poll;
    });
    const locations = blocks(this.tree, 'location').filter(
      ({ inner = [] }) => valuesOf(inner, 'proxy_pass').length > 0,
    );
    for (const { args, inner = [] } of locations) {
      const where = args.join(' ');
      const found = valuesOf(inner, 'proxy_read_timeout').map(milliseconds);
      this.equal(found, [expected[where]], `proxy_read_timeout of location ${where}`);
      if (expected[where] !== write || where.startsWith('@member')) continue;
      const sent = valuesOf(inner, 'proxy_send_timeout').map(milliseconds);
      this.equal(sent, [write], `proxy_send_timeout of location ${where}`);
    }
    const grpc = blocks(this.tree, 'location').filter(({ inner = [] }) => valuesOf(inner, 'grpc_pass').length > 0);
    this.equal(grpc.length, 2, 'the number of locations of gRPC');
    for (const { args, inner = [] } of grpc) {
      const where = args.join(' ');
      this.quiet(inner, GRPC, `location ${where}`);
      // one answer to one request is noticed as early as over HTTP; a subscription may be silent
      const longest = where.includes('Append') ? write : subscription;
      const found = valuesOf(inner, 'grpc_read_timeout').map(milliseconds);
      this.equal(found, [longest], `grpc_read_timeout of location ${where}`);
    }
  }

  /** As many members as may be down at once and one more; and what may never be repeated is not. */
  private repeats(): void {
    const size = this.frontend.cluster?.members.length ?? 1;
    const tries = String(Math.floor((size - 1) / 2) + 1);
    for (const name of ['proxy_next_upstream_tries', 'grpc_next_upstream_tries']) {
      this.equal(valuesOf(this.server, name), [tries], name);
    }
    const failures = 'error timeout http_502 http_503 http_504';
    const expected: Record<string, string> = {
      '^~ /streams/': failures,
      '@poll': failures.replace(' timeout', ''),
      '@append': 'error timeout',
      '@retry': failures.replace('timeout', 'timeout non_idempotent'),
      '/': 'error timeout',
    };
    for (const { args, inner = [] } of blocks(this.tree, 'location')) {
      if (valuesOf(inner, 'proxy_pass').length === 0) continue;
      const where = args.join(' ');
      const found = valuesOf(inner, 'proxy_next_upstream');
      this.equal(found, [expected[where] ?? 'off'], `proxy_next_upstream of location ${where}`);
    }
  }

  /** Members' certificates are verified, against the names that members advertise. */
  private memberTls(): void {
    const { cluster } = this.frontend;
    const names = cluster?.advertised.map((address) => address.split(':')[0]) ?? [];
    for (const protocol of ['proxy', 'grpc']) {
      const expected: Record<string, string> = {
        verify: 'on',
        verify_depth: '3',
        protocols: 'TLSv1.2 TLSv1.3',
        server_name: 'on',
        name: names[0],
      };
      for (const [name, value] of Object.entries(expected)) {
        const found = valuesOf(this.server, `${protocol}_ssl_${name}`);
        this.equal(found, cluster?.secure ? [value] : [], `${protocol}_ssl_${name}`);
      }
      const trusted = valuesOf(this.server, `${protocol}_ssl_trusted_certificate`);
      this.equal(trusted.length, cluster?.secure ? 1 : 0, `the number of ${protocol}_ssl_trusted_certificate`);
    }
    if (!cluster?.secure) return;
    names.forEach((name, i) => {
      for (const location of [`@member_${i + 1}`, `@patient_member_${i + 1}`]) {
        const found = directives(this.tree, `location ${location}`, 'proxy_ssl_name');
        this.equal(found, [name], `proxy_ssl_name of location ${location}`);
      }
    });
  }
}
