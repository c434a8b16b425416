import { block, lines, type NginxConfigOptions } from './nginx-options';

/** The packages of the servers' public gRPC services, from EventStoreDB 23.10 to KurrentDB 26.1. */
const PACKAGES = ['event_store\\.client', 'kurrentdb\\.protocol', 'kurrent\\.client', 'eventstore\\.connectors'];

/** The locations of gRPC. */
export function grpcLocations(options: NginxConfigOptions): string {
  return [
    "# gossip and elections are the members' own; their names are not case-sensitive in the server",
    block('location ~* ^/event_store\\.cluster\\.', 'return 403;'),
    '',
    '# one answer to one request: a member that hangs is noticed as early as over HTTP',
    block(
      'location ~ ^/event_store\\.client\\.streams\\.Streams/(Append|Delete|Tombstone)$',
      toMembers(options),
      `grpc_read_timeout ${options.writeTimeoutMs}ms;`,
    ),
    '',
    '# subscriptions live for ever; the time-outs count silence, and members send a keep-alive every 10 s',
    block(
      `location ~ ^/(${PACKAGES.join('|')})\\.`,
      toMembers(options),
      `grpc_read_timeout ${options.subscriptionTimeoutMs}ms;`,
    ),
  ].join('\n');
}

function toMembers({ secure }: NginxConfigOptions): string {
  return lines(
    `grpc_pass ${secure ? 'grpcs' : 'grpc'}://members_grpc;`,
    'grpc_send_timeout 1h;',
    '# a subscriber may be slow, a batch append is one request that stays open and as large as it likes',
    'send_timeout 1h;',
    'client_body_timeout 24h;',
    'client_max_body_size 0;',
  );
}
