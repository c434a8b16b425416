import type { Configuration } from './nginx-configuration';
import { blocks, directives, milliseconds, valuesOf } from './nginx-parser';
import { GRPC, IDLE, IDLE_ELSEWHERE, POOL, TIMEOUTS } from './nginx-promises';
import { HTTP, host } from './parts';

/** Members by their own Services, whose addresses stay whatever happens to the pods. */
export function upstreams(c: Configuration): void {
  const { cluster, namespace } = c.frontend;
  if (!cluster) return;
  const members = cluster.members.map((member) => `${host(member, cluster.namespace)}:${HTTP}`);
  const many = members.length > 1;
  const first = members.map((address) => `${address} max_fails=1 fail_timeout=10s`);
  // all once more, so that they are tried when all are out
  const again = many ? members.map((address) => `${address} max_fails=0 backup`) : [];
  const servers = (name: string) => directives(c.tree, `upstream ${name}`, 'server');
  c.equal(servers('members'), [...first, ...again], 'the servers of HTTP');
  c.equal(servers('members_grpc'), [...first, ...again], 'the servers of gRPC');
  c.equal(servers('members_ui'), first, 'the servers of the user interface');
  members.forEach((address, i) => {
    c.equal(servers(`member_${i + 1}`), [address], `the server of member ${i + 1}`);
  });
  // the user interface keeps a session in the member's memory
  const hash = directives(c.tree, 'upstream members_ui', 'hash');
  c.equal(hash, many ? ['$remote_addr consistent'] : [], 'what keeps a client with its member');
  for (const member of cluster.members) {
    const found = c.world.find('Service', namespace, member);
    c.expect(found, `there is no Service ${member}`);
  }
  c.equal(blocks(c.tree, 'upstream').length, 3 + members.length, 'the number of pools');
}

/** In one pool of HTTP and gRPC, every gRPC call after the first HTTP request fails (measured). */
export function pools(c: Configuration): void {
  const pools = blocks(c.tree, 'upstream');
  for (const { args, inner = [] } of pools) {
    c.quiet(inner, POOL, `upstream ${args}`);
    const [least, most] = IDLE[args[0]] ?? IDLE_ELSEWHERE;
    const [idle, ...more] = valuesOf(inner, 'keepalive').map(Number);
    const few = idle >= least && idle <= most && more.length === 0;
    c.expect(few, `keepalive of upstream ${args} must be ${least} to ${most}`);
    const zone = valuesOf(inner, 'zone');
    // the workers must know the same of a member
    c.expect(zone.length === 1 && /^\w+ (64|128|256)k$/.test(zone[0]), `upstream ${args} has no zone`);
  }
  const zones = pools.flatMap(({ inner = [] }) => valuesOf(inner, 'zone').map((zone) => zone.split(' ')[0]));
  c.equal(new Set(zones).size, pools.length, 'the number of different zones');
  const scheme = c.frontend.cluster?.secure ? 's' : '';
  for (const location of blocks(c.tree, 'location')) {
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
        c.expect(known && own, `location ${where}: ${directive} ${value} is no pool of its protocol`);
      }
    }
  }
}

/** Short, and those that docs/frontend.md says. */
export function timeouts(c: Configuration): void {
  const { poll, control, subscription, connect } = TIMEOUTS;
  const { readTimeout: read = TIMEOUTS.read, writeTimeout: write = TIMEOUTS.write } = c.world.chosen;
  for (const name of ['proxy_connect_timeout', 'grpc_connect_timeout']) {
    c.equal(valuesOf(c.server, name).map(milliseconds), [connect], name);
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
  c.frontend.cluster?.members.forEach((_, i) => {
    expected[`@member_${i + 1}`] = Math.max(read, write);
    expected[`@patient_member_${i + 1}`] = poll;
  });
  const locations = blocks(c.tree, 'location').filter(({ inner = [] }) => valuesOf(inner, 'proxy_pass').length > 0);
  for (const { args, inner = [] } of locations) {
    const where = args.join(' ');
    const found = valuesOf(inner, 'proxy_read_timeout').map(milliseconds);
    c.equal(found, [expected[where]], `proxy_read_timeout of location ${where}`);
    if (expected[where] !== write || where.startsWith('@member')) continue;
    const sent = valuesOf(inner, 'proxy_send_timeout').map(milliseconds);
    c.equal(sent, [write], `proxy_send_timeout of location ${where}`);
  }
  const grpc = blocks(c.tree, 'location').filter(({ inner = [] }) => valuesOf(inner, 'grpc_pass').length > 0);
  c.equal(grpc.length, 2, 'the number of locations of gRPC');
  for (const { args, inner = [] } of grpc) {
    const where = args.join(' ');
    c.quiet(inner, GRPC, `location ${where}`);
    // one answer to one request is noticed as early as over HTTP; a subscription may be silent
    const longest = where.includes('Append') ? write : subscription;
    const found = valuesOf(inner, 'grpc_read_timeout').map(milliseconds);
    c.equal(found, [longest], `grpc_read_timeout of location ${where}`);
  }
}

/** As many members as may be down at once and one more; and what may never be repeated is not. */
export function repeats(c: Configuration): void {
  const size = c.frontend.cluster?.members.length ?? 1;
  const tries = String(Math.floor((size - 1) / 2) + 1);
  for (const name of ['proxy_next_upstream_tries', 'grpc_next_upstream_tries']) {
    c.equal(valuesOf(c.server, name), [tries], name);
  }
  const failures = 'error timeout http_502 http_503 http_504';
  const expected: Record<string, string> = {
    '^~ /streams/': failures,
    '@poll': failures.replace(' timeout', ''),
    '@append': 'error timeout',
    '@retry': failures.replace('timeout', 'timeout non_idempotent'),
    '/': 'error timeout',
  };
  for (const { args, inner = [] } of blocks(c.tree, 'location')) {
    if (valuesOf(inner, 'proxy_pass').length === 0) continue;
    const where = args.join(' ');
    const found = valuesOf(inner, 'proxy_next_upstream');
    c.equal(found, [expected[where] ?? 'off'], `proxy_next_upstream of location ${where}`);
  }
}

/** Members' certificates are verified, against the names that members advertise. */
export function memberTls(c: Configuration): void {
  const { cluster } = c.frontend;
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
      const found = valuesOf(c.server, `${protocol}_ssl_${name}`);
      c.equal(found, cluster?.secure ? [value] : [], `${protocol}_ssl_${name}`);
    }
    const trusted = valuesOf(c.server, `${protocol}_ssl_trusted_certificate`);
    c.equal(trusted.length, cluster?.secure ? 1 : 0, `the number of ${protocol}_ssl_trusted_certificate`);
  }
  if (!cluster?.secure) return;
  names.forEach((name, i) => {
    for (const location of [`@member_${i + 1}`, `@patient_member_${i + 1}`]) {
      const found = directives(c.tree, `location ${location}`, 'proxy_ssl_name');
      c.equal(found, [name], `proxy_ssl_name of location ${location}`);
    }
  });
}
