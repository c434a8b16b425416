/** One member of a cluster, as a front end sees it. */
export interface FrontendMember {
  /**
   * Where the front end reaches the member, as `host:port`. Resolved once, when nginx starts: a name must stand for a
   * stable address, such as a Service's.
   */
  readonly address: string;

  /**
   * What the member calls itself to others, as `host:port`. A member that is asked for the leader's answer redirects to
   * the leader's advertised name, and with TLS this name is on the certificate.
   *
   * @default - the same as `address`
   */
  readonly advertised?: string;
}

/** What a front end can stand before: an `EventStoreCluster`, or a plain list of hosts (`FrontendHosts`). */
export interface IFrontendTarget {
  /** The cluster's name: the front end's objects are named and labelled after it. */
  readonly name: string;

  /** The namespace of the members' pods. */
  readonly namespace: string;

  /** All members, in the order of their numbers. */
  readonly members: FrontendMember[];

  /** Whether the members speak TLS and ask for passwords. */
  readonly secure: boolean;

  /**
   * Whether streams can be read and written over HTTP.
   *
   * @default true
   */
  readonly atomPub?: boolean;

  /** The scheme of the connection strings that this cluster's clients know: `esdb` or `kurrentdb`. */
  readonly connectionScheme: string;

  /**
   * Secret (key `ca.crt`) with the authority that signed the members' certificates, in the front end's namespace.
   *
   * @default - the public authorities of the nginx image
   */
  readonly caSecretName?: string;

  /**
   * Labels of the members' pods: the front end's NetworkPolicy then lets it talk to them only.
   *
   * @default - the policy allows the members' ports, wherever they are
   */
  readonly memberLabels?: { [key: string]: string };
}
