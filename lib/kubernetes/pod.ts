import { containerSecurity, DNS_CONFIG, podSecurity } from './hardening';
import type * as k8s from './k8s';

/** What differs between the pods of this library. */
export interface PodInput {
  readonly labels: { [key: string]: string };
  readonly annotations?: { [key: string]: string };
  readonly serviceAccount: string;
  readonly user: number;
  readonly group: number;
  readonly container: k8s.Container;
  readonly volumes: k8s.Volume[];
  /** what else the pod says of itself; undefined fields are left out */
  readonly spec?: Partial<k8s.PodSpec>;
}

/** A pod that passes Pod Security `restricted` and finds names quickly. */
export function pod(input: PodInput): k8s.PodTemplateSpec {
  return {
    metadata: { labels: input.labels, annotations: input.annotations },
    spec: {
      dnsConfig: DNS_CONFIG,
      ...input.spec,
      serviceAccountName: input.serviceAccount,
      automountServiceAccountToken: false,
      // variables made from the names of Services: unknown options of the database (which stop it) and of InfluxDB
      enableServiceLinks: false,
      securityContext: podSecurity(input.user, input.group),
      containers: [
        {
          ...input.container,
          // a registry that cannot be reached must not keep a pod down
          imagePullPolicy: 'IfNotPresent',
          securityContext: containerSecurity(),
        },
      ],
      volumes: input.volumes,
    },
  };
}
