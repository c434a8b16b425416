/** What `nginxConfig` is made from. */
export interface NginxConfigOptions {
  /** `address`: where nginx connects to; `advertised`: what the member calls itself. Both `host:port`. */
  readonly members: { readonly address: string; readonly advertised: string }[];
  /** The members speak TLS. */
  readonly secure: boolean;
  /** The door speaks TLS. */
  readonly tls: boolean;
  /** The door asks for a password. */
  readonly basicAuth: boolean;
  /** Reads of streams are answered by the leader. */
  readonly readsFromLeader: boolean;
  /** Appends with an expected version are sent again after a failure. */
  readonly retryAppends: boolean;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly subscriptionTimeoutMs: number;
  readonly port: number;
  readonly paths: NginxPaths;
}

/** Where nginx finds and puts its files. */
export interface NginxPaths {
  /** The one folder that nginx writes. */
  readonly temp: string;
  /** Folder with `tls.crt` and `tls.key` of the door. */
  readonly tls: string;
  /** File of the door's users. */
  readonly users: string;
  /** File with the authorities that sign the members' certificates. */
  readonly ca: string;
}

/** The port of the door: the same as a member's, so that a connection string changes in its host only. */
export const FRONTEND_PORT = 2113;

/** How long nginx finishes what it is doing when it is asked to end; subscriptions are cut after it. */
export const SHUTDOWN_SECONDS = 20;

/** An empty line between directives. */
export const BLANK = '\n';

/** A block of directives, indented by two spaces a level; an empty part is left out. */
export function block(head: string, ...parts: string[]): string {
  const body = parts.filter((part) => part !== '').flatMap((part) => (part === BLANK ? [''] : part.split('\n')));
  return [`${head} {`, ...body.map((line) => (line === '' ? '' : `  ${line}`)), '}'].join('\n');
}

/** Directives, one a line; what is undefined is left out. */
export function lines(...directives: (string | undefined)[]): string {
  return directives
    .filter((directive) => directive !== undefined)
    .map((directive) => (directive === BLANK ? '' : directive))
    .join('\n');
}

/** The block of the member with this index, for requests that follow a redirect to it. */
export function memberName(index: number): string {
  return `member_${index + 1}`;
}

export function hostOf(address: string): string {
  return address.split(':')[0];
}
