import type { IFrontendTarget } from '../frontend/target';
import { clientLabel } from '../kubernetes/labels';
import { HTTP_PORT } from './node';

/**
 * The connection string of the official clients. It names every member: a client that finds one finds them all, and
 * goes to the leader.
 *
 * @see https://docs.kurrent.io/clients/grpc/getting-started.html
 */
export function connectionString({ connectionScheme, members, secure }: IFrontendTarget): string {
  return `${connectionScheme}://${members.map(({ advertised }) => advertised).join(',')}?tls=${secure}`;
}

/** The data of the connection ConfigMap. */
export function connectionData(cluster: IFrontendTarget, clientHost: string): Record<string, string> {
  const [label] = Object.keys(clientLabel(cluster.name));
  return {
    connectionString: connectionString(cluster),
    url: `${cluster.secure ? 'https' : 'http'}://${clientHost}:${HTTP_PORT}`,
    notes: [
      `connectionString is for the official clients (gRPC) inside Kubernetes, url for HTTP and the UI.`,
      `A pod is let in when it carries the label ${label}: "true".`,
      `Clients outside come through a front end: plain appends, reads and subscriptions work there; discovery`,
      `(several hosts, +discover) and persistent subscriptions do not, since they need every member's own address.`,
      `Such clients run inside Kubernetes and use the connectionString above.`,
      '',
    ].join('\n'),
  };
}
