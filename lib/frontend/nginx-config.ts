import { grpcLocations } from './nginx-grpc';
import { httpLocations } from './nginx-http';
import { BLANK, block, hostOf, lines, memberName, type NginxConfigOptions, SHUTDOWN_SECONDS } from './nginx-options';

/** For TLS 1.2; those of TLS 1.3 are all good. */
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** nginx.conf of a front end. The reasons for what it says, with measurements, are in docs/frontend.md. */
export function nginxConfig(options: NginxConfigOptions): string {
  return `${[main(options), block('events', 'worker_connections 4096;'), http(options)].join('\n\n')}\n`;
}

function main({ paths }: NginxConfigOptions): string {
  return lines(
    'daemon off;',
    `pid ${paths.temp}/nginx.pid;`,
    'error_log stderr warn;',
    '# not "auto": a container sees all processors of its machine',
    'worker_processes 2;',
    'worker_rlimit_nofile 16384;',
    `worker_shutdown_timeout ${SHUTDOWN_SECONDS}s;`,
  );
}

function http(options: NginxConfigOptions): string {
  const { temp } = options.paths;
  return block(
    'http',
    lines(
      'server_tokens off;',
      'default_type text/plain;',
      ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${temp}/${kind};`),
    ),
    BLANK,
    accessLog(),
    BLANK,
    maps(options),
    BLANK,
    upstreams(options),
    BLANK,
    server(options),
  );
}

/** A line for every request costs processor time and tells nobody anything; failures are worth a line. */
function accessLog(): string {
  return lines(
    `log_format failure '$time_iso8601 $remote_addr "$request" $status $request_time s, '`,
    `                   'member $upstream_addr $upstream_status';`,
    block('map $status $failed', 'default 0;', '~^5 1;'),
    'access_log /dev/stdout failure if=$failed;',
  );
}

function maps(options: NginxConfigOptions): string {
  const { members, paths, readsFromLeader, retryAppends, tls } = options;
  return lines(
    ...(retryAppends ? retriable() : []),
    '# read: may be repeated; poll: may last; append: not repeated; retry: an append that may be; once: all else',
    block(
      `map $request_method$http_es_longpoll$http_kurrent_longpoll${retryAppends ? '$retriable' : ''} $kind`,
      'GET read;',
      'HEAD read;',
      'POST append;',
      retryAppends ? 'POSTretry retry;' : '',
      '~^(GET|HEAD) poll;',
      '~^POST append;',
      'default once;',
    ),
    '# whose name is in a redirect; volatile, since a request may be redirected twice',
    block(
      'map $upstream_http_location $redirected_to',
      'volatile;',
      ...members.map(({ advertised }, i) => `~*^https?://${advertised.replace(/\./g, '\\.')}/ ${memberName(i)};`),
      'default elsewhere;',
    ),
    '# writes go to the leader: a follower would forward them, and hold them for seconds when the leader is gone',
    block(
      'map $kind$uri $require_leader',
      '~^(append|retry|once)/streams/ True;',
      readsFromLeader ? '~^(read|poll)/ True;' : '',
      'default $http_es_requireleader;',
    ),
    '# WebSockets only: a client that offers h2c must not drag the member into it',
    block('map $http_upgrade $upgrade', '~*^websocket$ websocket;', "default '';"),
    block('map $upgrade $upstream_connection', 'websocket upgrade;', "default '';"),
    block('map $http_host $outside_port', '~:(?<given>[0-9]+)$ $given;', `default ${tls ? 443 : 80};`),
    ...(tls
      ? [
          '# a variable in the path makes nginx look at the files again: a renewed certificate needs no restart',
          block('map $ssl_server_name $door', `default ${paths.tls};`),
        ]
      : []),
  );
}

function retriable(): string[] {
  return [
    '# the newer header wins, as in the server',
    block(
      'map $http_kurrent_expectedversion $expected_version',
      "'' $http_es_expectedversion;",
      'default $http_kurrent_expectedversion;',
    ),
    '# "no stream" (-1) and a number fix the place of the event: with them a repetition cannot store it twice',
    block('map $request_method:$expected_version $retriable', '~^POST:(-1|[0-9]+)$ retry;', "default '';"),
  ];
}

function upstreams({ members }: NginxConfigOptions): string {
  const healthy = members.map(({ address }) => `server ${address} max_fails=1 fail_timeout=10s;`);
  // a sole server is never taken out, so it needs no second chance
  const lastResort = members.length > 1 ? members.map(({ address }) => `server ${address} max_fails=0 backup;`) : [];
  const pool = (idle: number) => [`keepalive ${idle};`, 'keepalive_requests 10000;', 'keepalive_timeout 60s;'];
  return lines(
    '# one failure takes a member out for 10 s; "backup" repeats them all, so that they are tried when all are out',
    block('upstream members', 'zone members 128k;', ...healthy, ...lastResort, ...pool(128)),
    '# a block of its own: HTTP and gRPC connections must never meet in one pool',
    block('upstream members_grpc', 'zone members_grpc 128k;', ...healthy, ...lastResort, ...pool(32)),
    "# the user interface keeps a session in the member's memory: a client stays with its member",
    block(
      'upstream members_ui',
      'zone members_ui 128k;',
      ...(members.length > 1 ? ['hash $remote_addr consistent;'] : []),
      ...healthy,
      ...pool(16),
    ),
    ...members.map(({ address }, i) =>
      block(`upstream ${memberName(i)}`, `zone ${memberName(i)} 64k;`, `server ${address};`, ...pool(64)),
    ),
  );
}

function server(options: NginxConfigOptions): string {
  const { basicAuth, port, tls } = options;
  return block(
    'server',
    '# HTTP/1.1 and HTTP/2, with and without TLS, on one port',
    `listen ${port}${tls ? ' ssl' : ''} reuseport;`,
    'http2 on;',
    tls ? doorTls() : '',
    basicAuth ? lines('auth_basic "EventStore";', `auth_basic_user_file ${options.paths.users};`) : '',
    BLANK,
    clients(),
    BLANK,
    toMembers(options),
    BLANK,
    block('location = /healthz', basicAuth ? 'auth_basic off;' : '', 'return 200 "ok\\n";'),
    BLANK,
    httpLocations(options),
    BLANK,
    grpcLocations(options),
  );
}

function doorTls(): string {
  return lines(
    'ssl_certificate $door/tls.crt;',
    'ssl_certificate_key $door/tls.key;',
    'ssl_certificate_cache max=4 valid=10s;',
    'ssl_protocols TLSv1.2 TLSv1.3;',
    `ssl_ciphers ${CIPHERS};`,
    'ssl_session_cache shared:door:1m;',
    'add_header Strict-Transport-Security "max-age=31536000" always;',
  );
}

function clients(): string {
  return lines(
    '# longer than common clients keep idle connections, so that it is they who close them',
    'keepalive_timeout 300s;',
    'keepalive_requests 100000;',
    '# while nginx ends, a client may still send a request on a connection that it has',
    'keepalive_min_timeout 5s;',
    '# what the server itself accepts',
    'client_max_body_size 30000000;',
    'client_body_buffer_size 64k;',
  );
}

/** What all requests to members have in common. */
function toMembers(options: NginxConfigOptions): string {
  const { basicAuth, members, secure } = options;
  const faults = Math.floor((members.length - 1) / 2);
  return lines(
    '# a member that does not take a connection within a second is not there',
    'proxy_connect_timeout 1s;',
    'grpc_connect_timeout 1s;',
    '# as many members as may be down at once, and one more',
    `proxy_next_upstream_tries ${faults + 1};`,
    `grpc_next_upstream_tries ${faults + 1};`,
    'proxy_http_version 1.1;',
    'proxy_buffer_size 16k;',
    'proxy_buffers 16 16k;',
    'proxy_busy_buffers_size 64k;',
    '# a large page waits in the member, not on a disk',
    'proxy_max_temp_file_size 0;',
    '# only redirects are looked at (error_page 307); every other answer reaches the client as it is',
    'proxy_redirect off;',
    'proxy_intercept_errors on;',
    'recursive_error_pages on;',
    ...(secure ? [memberTls('proxy', options), memberTls('grpc', options)] : []),
    BLANK,
    '# members build links and redirects from these; what a client says of itself is overwritten',
    'proxy_set_header Host $host;',
    'proxy_set_header X-Forwarded-Host $http_host;',
    'proxy_set_header X-Forwarded-Port $outside_port;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header Upgrade $upgrade;',
    'proxy_set_header Connection $upstream_connection;',
    'proxy_set_header ES-RequireLeader $require_leader;',
    'grpc_set_header Host $host;',
    "# every client asks for it by default, and followers answer with the leader's name, unreachable from outside",
    'grpc_set_header requires-leader false;',
    ...(basicAuth
      ? [
          "# the door's password is not the database's business",
          'proxy_set_header Authorization "";',
          'grpc_set_header Authorization "";',
        ]
      : []),
  );
}

/** The members' certificates are made out to their advertised names, which are not what nginx connects to. */
function memberTls(protocol: 'proxy' | 'grpc', { members, paths }: NginxConfigOptions): string {
  return lines(
    `${protocol}_ssl_verify on;`,
    `${protocol}_ssl_verify_depth 3;`,
    `${protocol}_ssl_trusted_certificate ${paths.ca};`,
    `${protocol}_ssl_protocols TLSv1.2 TLSv1.3;`,
    `${protocol}_ssl_server_name on;`,
    `${protocol}_ssl_name ${hostOf(members[0].advertised)};`,
  );
}
