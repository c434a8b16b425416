import { EventStoreError } from '../errors';
import { requireName } from '../kubernetes/names';
import type { FrontendMember, IFrontendTarget } from './target';

/** What a list of hosts does not say by itself. */
export interface FrontendHostsOptions {
  /**
   * Name of the cluster: the front end's objects are named and labelled after it.
   *
   * @default eventstore
   */
  readonly name?: string;

  /**
   * The namespace of the members, where they run in Kubernetes.
   *
   * @default default
   */
  readonly namespace?: string;

  /**
   * What the members call themselves, as `host:port`, in the order of the hosts.
   *
   * @default - the hosts themselves
   */
  readonly advertised?: string[];

  /**
   * Whether the members speak TLS and ask for passwords.
   *
   * @default false
   */
  readonly secure?: boolean;

  /**
   * Secret (key `ca.crt`) with the authority that signed the members' certificates.
   *
   * @default - the public authorities of the nginx image
   */
  readonly caSecretName?: string;

  /**
   * Scheme of the connection strings: `esdb` for clients of EventStoreDB, `kurrentdb` for clients of KurrentDB.
   *
   * @default kurrentdb
   */
  readonly connectionScheme?: string;
}

/** A letter or digit first, so that nothing in a host can be read as a part of nginx's configuration. */
const HOST = /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;
const DEFAULT_PORT = '2113';

/** Members that were not made by this library, as a list of hosts. */
export class FrontendHosts implements IFrontendTarget {
  /**
   * A front end's target from a list of hosts.
   *
   * @param hosts `host` or `host:port`, e.g. `db-1.example.com:2113`; the port is 2113 unless given. IPv6 literals are
   * not supported.
   * @throws ES305 for a list that is empty, malformed or repeats a host
   */
  public static of(hosts: string[], options: FrontendHostsOptions = {}): FrontendHosts {
    return new FrontendHosts(hosts, options);
  }

  public readonly name: string;
  public readonly namespace: string;
  public readonly members: FrontendMember[];
  public readonly secure: boolean;
  public readonly connectionScheme: string;
  public readonly caSecretName?: string;
  public readonly memberLabels?: { [key: string]: string };

  private constructor(hosts: string[], options: FrontendHostsOptions) {
    this.name = options.name ?? 'eventstore';
    requireName('the name of the hosts', this.name);
    this.namespace = options.namespace ?? 'default';
    this.secure = options.secure ?? false;
    this.caSecretName = options.caSecretName;
    this.connectionScheme = options.connectionScheme ?? 'kurrentdb';

    const advertised = options.advertised ?? hosts;
    if (advertised.length !== hosts.length) {
      throw new EventStoreError(
        'ES305',
        `advertised must name every host once, got ${advertised.length} names for ${hosts.length} hosts: give one name a host, in the same order`,
      );
    }
    this.members = hosts.map((host, i) => ({ address: withPort(host), advertised: withPort(advertised[i]) }));
    requireMembers(this.members);
  }
}

/** Fails unless there are members, each a `host:port`, none twice. */
export function requireMembers(members: FrontendMember[]): void {
  if (members.length === 0) {
    throw new EventStoreError(
      'ES305',
      'hosts must not be empty, got []: name at least one, e.g. "db-1.example.com:2113"',
    );
  }
  for (const { address, advertised } of members) {
    requireHost(address);
    requireHost(advertised ?? address);
  }
  const seen = new Set<string>();
  for (const { address } of members) {
    if (seen.has(address)) {
      throw new EventStoreError('ES305', `hosts must differ, got ${address} twice: name each member once`);
    }
    seen.add(address);
  }
}

function requireHost(given: string): void {
  const [host, port, ...rest] = given.split(':');
  const number = Number(port);
  if (!HOST.test(host) || !/^\d{1,5}$/.test(port ?? '') || number < 1 || number > 65535 || rest.length > 0) {
    throw new EventStoreError(
      'ES305',
      `hosts must be "host" or "host:port", got ${JSON.stringify(given)}: write e.g. "db-1.example.com:2113"`,
    );
  }
}

function withPort(host: string): string {
  return host.includes(':') ? host : `${host}:${DEFAULT_PORT}`;
}
