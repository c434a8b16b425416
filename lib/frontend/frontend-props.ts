import type { Duration } from 'cdk8s';
import type { IFrontendTarget } from './target';

/** Who can reach a front end. */
export enum FrontendExposure {
  /** Pods of the same Kubernetes. */
  CLUSTER = 'cluster',
  /** The private network around Kubernetes, through an internal load balancer. */
  INTERNAL = 'internal',
  /** Everybody, through a public load balancer. */
  PUBLIC = 'public',
}

/** Who answers reads of streams over HTTP. */
export enum FrontendReads {
  /** Any member, from its own copy: an append that was just acknowledged may not be there yet. */
  ANY = 'any',
  /** The leader: never older than the last acknowledged append, and not answered while there is no leader. */
  LEADER = 'leader',
}

/** Properties of `NginxFrontend`. */
export interface NginxFrontendProps {
  /** What it stands before: an `EventStoreCluster`, or `FrontendHosts.of([...])`. */
  readonly target: IFrontendTarget;

  /**
   * Name of the Deployment, the Service and the others.
   *
   * @default - `<name of the target>-frontend`
   */
  readonly name?: string;

  /**
   * How many pods.
   *
   * @default 2
   */
  readonly replicas?: number;

  /**
   * An nginx of version 1.27.4 or newer that runs as user 101 and ends gracefully on its stop signal (`STOPSIGNAL
   * SIGQUIT`, as in all images of nginx.org and of nginxinc).
   *
   * @default docker.io/nginxinc/nginx-unprivileged:1.31.3-alpine-slim
   */
  readonly image?: string;

  /**
   * Who can reach it.
   *
   * @default FrontendExposure.CLUSTER
   */
  readonly exposure?: FrontendExposure;

  /**
   * The IPv4 ranges from which the load balancer lets clients in, e.g. `203.0.113.0/24`. Pods of the same Kubernetes
   * are always let in.
   *
   * @default - everybody who can reach the load balancer
   */
  readonly allowedIps?: string[];

  /**
   * Annotations of the Service, e.g. the subnet or the DNS label of its load balancer. They win over those that the
   * exposure makes.
   *
   * @default - none but the exposure's
   */
  readonly serviceAnnotations?: { [key: string]: string };

  /**
   * Secret of type `kubernetes.io/tls` with the front end's own certificate: clients then speak TLS to port 2113. A
   * renewed certificate is taken up within about two minutes, without a restart.
   *
   * @default - no TLS between clients and the front end
   */
  readonly tlsSecretName?: string;

  /**
   * Secret with the users that may come in, as an htpasswd file under the key `auth`. For insecure clusters only: a
   * secure one asks for its own users, in the same header.
   *
   * @default - the front end asks for no password
   */
  readonly basicAuthSecretName?: string;

  /**
   * Who answers reads of streams over HTTP. Reads over gRPC are always answered by any member.
   *
   * @default FrontendReads.ANY
   */
  readonly reads?: FrontendReads;

  /**
   * How long a member may be silent before a read of a stream goes to another one. Between 1 second and 5 minutes;
   * longer than your slowest read, or slow reads fail.
   *
   * @default Duration.seconds(3)
   */
  readonly readTimeout?: Duration;

  /**
   * How long a member may be silent before a write of a stream fails with 504. Between 1 second and 5 minutes. A
   * follower whose leader is gone holds a write for the server's prepare and commit time-outs, 6.3 seconds together:
   * with less than that, writes that are still on their way are given up.
   *
   * @default Duration.seconds(7)
   */
  readonly writeTimeout?: Duration;

  /**
   * How long a member may be silent on a gRPC subscription before it is ended, and the client subscribes anew. Members
   * send a keep-alive every 10 seconds (the server's `KeepAliveInterval`), also when there are no events. Between 30
   * seconds and 24 hours.
   *
   * @default Duration.minutes(2)
   */
  readonly subscriptionTimeout?: Duration;

  /**
   * Whether an append over HTTP that a member did not answer is sent to another one. Only appends whose expected
   * version is a number or "no stream" are: for all others a second copy may be stored. The price: an append that was
   * stored, and whose answer was lost, may be answered with 400 (wrong expected version).
   *
   * @default false
   */
  readonly retryAppends?: boolean;
}
