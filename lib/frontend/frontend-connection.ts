import { isBalanced } from './frontend-network';
import type { NginxFrontendProps } from './frontend-props';
import { FRONTEND_PORT } from './nginx-options';

/** The connection string of the official clients through this front end. */
export function frontendConnectionString(props: NginxFrontendProps, host: string): string {
  return `${props.target.connectionScheme}://${host}:${FRONTEND_PORT}?tls=${props.tlsSecretName !== undefined}`;
}

/** The URL of HTTP clients and of the user interface. */
export function frontendUrl(props: NginxFrontendProps, host: string): string {
  return `${props.tlsSecretName ? 'https' : 'http'}://${host}:${FRONTEND_PORT}`;
}

/** The data of the connection ConfigMap. */
export function frontendConnectionData(
  props: NginxFrontendProps,
  service: string,
  host: string,
): Record<string, string> {
  const scheme = props.target.connectionScheme;
  return {
    connectionString: frontendConnectionString(props, host),
    url: frontendUrl(props, host),
    notes: [
      'connectionString is for the official clients (gRPC), url for HTTP and the user interface.',
      ...(isBalanced(props)
        ? [`Outside Kubernetes put the load balancer's address in place of the host: kubectl get service ${service}.`]
        : []),
      'Appends, reads and subscriptions work with the connection string as it is. What does not come through:',
      `- discovery (${scheme}+discover://, or several hosts): it learns the members' own names, unreachable from outside;`,
      '- persistent subscriptions: the leader alone serves them, and the client cannot reach it by name.',
      "Clients that need these run inside Kubernetes and use the cluster's own connection string.",
      '',
    ].join('\n'),
  };
}
