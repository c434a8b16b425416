import { block, hostOf, lines, memberName, type NginxConfigOptions } from './nginx-options';

/** How long a request may last that is neither a read nor a write of a stream: administration, statistics, queries. */
const CONTROL_SECONDS = 60;
/** How long a long poll may wait for an event. */
const POLL_SECONDS = 300;

/**
 * Where a redirect of a member leads: to the location of the member that it names, or to `@elsewhere`. The patient ones
 * are for requests that may last.
 */
const FOLLOW = 'error_page 307 = @$redirected_to;';
const FOLLOW_PATIENTLY = 'error_page 307 = @patient_$redirected_to;';
const FOLLOW_AND_RETRY = 'error_page 307 = @retry_$redirected_to;';

/** The locations of HTTP. Named ones are where a request goes by its kind. */
export function httpLocations(options: NginxConfigOptions): string {
  return [...streams(options), ...everythingElse(options), ...redirects(options)].join('\n\n');
}

/** Reads stay in the first location; other kinds go to their own, since neither time-outs nor retries can be variables. */
function streams(options: NginxConfigOptions): string[] {
  const { readTimeoutMs, retryAppends } = options;
  const members = toMembers(options, 'members');
  const write = (follow: string) =>
    lines(
      follow,
      members,
      `proxy_read_timeout ${options.writeTimeoutMs}ms;`,
      `proxy_send_timeout ${options.writeTimeoutMs}ms;`,
    );
  return [
    block(
      'location ^~ /streams/',
      'error_page 460 = @poll;',
      'error_page 461 = @append;',
      retryAppends ? 'error_page 462 = @retry;' : '',
      'error_page 463 = @once;',
      'if ($kind = append) { return 461; }',
      retryAppends ? 'if ($kind = retry) { return 462; }' : '',
      'if ($kind = poll) { return 460; }',
      'if ($kind = once) { return 463; }',
      FOLLOW,
      members,
      `proxy_read_timeout ${readTimeoutMs}ms;`,
      'proxy_next_upstream error timeout http_502 http_503 http_504;',
    ),
    block(
      'location @poll',
      FOLLOW_PATIENTLY,
      members,
      `proxy_read_timeout ${POLL_SECONDS}s;`,
      'proxy_next_upstream error http_502 http_503 http_504;',
    ),
    lines(
      '# of a POST, nginx repeats only what no member has seen: a connection that failed',
      block('location @append', write(FOLLOW), 'proxy_next_upstream error timeout;'),
    ),
    ...(retryAppends
      ? [
          block(
            'location @retry',
            write(FOLLOW_AND_RETRY),
            'proxy_next_upstream error timeout non_idempotent http_502 http_503 http_504;',
          ),
        ]
      : []),
    lines(
      '# PUT and DELETE count as repeatable in nginx and are not: a second DELETE may hit newer events',
      block('location @once', write(FOLLOW), 'proxy_next_upstream off;'),
    ),
  ];
}

/** User interface, statistics, administration, projections, HTTP subscriptions. */
function everythingElse(options: NginxConfigOptions): string[] {
  const control = lines(FOLLOW_PATIENTLY, toMembers(options, 'members_ui'), `proxy_read_timeout ${CONTROL_SECONDS}s;`);
  return [
    block(
      'location /',
      'error_page 463 = @control_once;',
      'if ($kind = once) { return 463; }',
      control,
      'proxy_next_upstream error timeout;',
    ),
    block('location @control_once', control, 'proxy_next_upstream off;'),
  ];
}

/**
 * A redirect to the leader is followed here, method and body kept, because the leader's name means nothing outside. The
 * leader may move meanwhile, so these locations follow a redirect too; nginx gives up after ten.
 */
function redirects(options: NginxConfigOptions): string[] {
  // the member that redirected was reached with the password
  const admitted = options.basicAuth ? 'auth_basic off;' : '';
  const timeout = Math.max(options.readTimeoutMs, options.writeTimeoutMs);
  const to = (index: number, location: string, follow: string, readTimeout: string, failed = '') =>
    block(
      `location ${location}${memberName(index)}`,
      admitted,
      follow,
      failed,
      toMembers(options, memberName(index)),
      options.secure ? `proxy_ssl_name ${hostOf(options.members[index].advertised)};` : '',
      `proxy_read_timeout ${readTimeout};`,
      'proxy_next_upstream off;',
    );
  const elsewhere = [admitted, 'return 307 $upstream_http_location;'];
  return [
    ...options.members.flatMap((_, i) => [
      to(i, '@', FOLLOW, `${timeout}ms`),
      to(i, '@patient_', FOLLOW_PATIENTLY, `${POLL_SECONDS}s`),
      // once more, over the members: meanwhile there may be another leader
      ...(options.retryAppends ? [to(i, '@retry_', FOLLOW, `${timeout}ms`, 'error_page 502 503 504 = @append;')] : []),
    ]),
    lines(
      "# not to a member: such as to the URL of an event that came without an id, which is the client's to follow",
      block('location @elsewhere', ...elsewhere),
      block('location @patient_elsewhere', ...elsewhere),
      ...(options.retryAppends ? [block('location @retry_elsewhere', ...elsewhere)] : []),
    ),
  ];
}

function toMembers({ secure }: NginxConfigOptions, upstream: string): string {
  return `proxy_pass ${secure ? 'https' : 'http'}://${upstream};`;
}
