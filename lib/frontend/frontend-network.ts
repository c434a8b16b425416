import * as k8s from '../kubernetes/k8s';
import { AZURE_BALANCER, podsIn, tcp, toDns } from '../kubernetes/network';
import { FrontendExposure, type NginxFrontendProps } from './frontend-props';
import { FRONTEND_PORT } from './nginx-options';
import type { IFrontendTarget } from './target';

/** The Service's specification. */
export function frontendService(props: NginxFrontendProps, selector: { [key: string]: string }): k8s.ServiceSpec {
  // no appProtocol: the port carries HTTP/1.1 and gRPC, and whoever is told one breaks the other
  const port = { name: 'http', port: FRONTEND_PORT, targetPort: k8s.IntOrString.fromString('http') };
  if (!isBalanced(props)) return { selector, ports: [port] };
  return {
    type: 'LoadBalancer',
    selector,
    ports: [port],
    // keeps the client's address: nginx reports it, the ranges of the NetworkPolicy and of kube-proxy need it. The load
    // balancer then asks the machine's own health port, so a machine without a front end gets no connections
    externalTrafficPolicy: 'Local',
    loadBalancerSourceRanges: props.allowedIps?.length ? props.allowedIps : undefined,
  };
}

/** The Service's annotations; on other clouds than Azure they mean nothing, `serviceAnnotations` is for their own. */
export function frontendAnnotations(props: NginxFrontendProps): { [key: string]: string } | undefined {
  const annotations = {
    ...(isBalanced(props) && {
      // minutes, the longest that Azure's documentation allows: subscriptions and UI connections are often silent
      [`${AZURE_BALANCER}-tcp-idle-timeout`]: '30',
      ...(props.exposure === FrontendExposure.INTERNAL && { [`${AZURE_BALANCER}-internal`]: 'true' }),
    }),
    ...props.serviceAnnotations,
  };
  return Object.keys(annotations).length > 0 ? annotations : undefined;
}

/** Whether a load balancer stands before it. */
export function isBalanced({ exposure = FrontendExposure.CLUSTER }: NginxFrontendProps): boolean {
  return exposure !== FrontendExposure.CLUSTER;
}

/** In: its port, from those who may. Out: members and the DNS. */
export function frontendPolicy(props: NginxFrontendProps, selector: { [key: string]: string }): k8s.NetworkPolicySpec {
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: callers(props), ports: tcp(FRONTEND_PORT) }],
    egress: [{ to: members(props.target), ports: tcp(...ports(props.target)) }, toDns()],
  };
}

/** Undefined stands for everybody. */
function callers(props: NginxFrontendProps): k8s.NetworkPolicyPeer[] | undefined {
  const pods: k8s.NetworkPolicyPeer = { namespaceSelector: {} };
  if (!isBalanced(props)) return [pods];
  if (!props.allowedIps?.length) return undefined;
  return [pods, ...props.allowedIps.map((cidr) => ({ ipBlock: { cidr } }))];
}

function members({ memberLabels, namespace }: IFrontendTarget): k8s.NetworkPolicyPeer[] | undefined {
  return memberLabels && [podsIn(namespace, memberLabels)];
}

function ports(target: IFrontendTarget): number[] {
  return [...new Set(target.members.map(({ address }) => Number(address.split(':')[1])))].sort((a, b) => a - b);
}
