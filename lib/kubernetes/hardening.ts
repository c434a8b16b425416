import * as k8s from './k8s';

/** Pod Security `restricted`, for the pod. */
export function podSecurity(user: number, group: number): k8s.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: group,
    fsGroup: group,
    // a large volume is walked once, not at every start
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Pod Security `restricted`, for a container, and a root file system that nobody can write. */
export function containerSecurity(): k8s.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  };
}

/** Spread over machines, and over zones where there are any. */
export function spread(
  matchLabels: { [key: string]: string },
  machines: 'required' | 'preferred',
): k8s.TopologySpreadConstraint[] {
  return [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: machines === 'required' ? 'DoNotSchedule' : 'ScheduleAnyway',
      labelSelector: { matchLabels },
    },
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels },
    },
  ];
}

/**
 * Short DNS time-outs: a third of the questions go to the DNS pod of a dead machine until it is taken out, and with
 * the resolver's default of 5 s that made most of a fail-over (measured).
 */
export const DNS_CONFIG: k8s.PodDnsConfig = {
  options: [{ name: 'timeout', value: '1' }, { name: 'attempts', value: '3' }, { name: 'single-request-reopen' }],
};

/**
 * For those whose fail-over waits for names. The resolver asks again from the same socket, so all its attempts reach the
 * same dead DNS pod: 6 s for nothing with three attempts. A caller that fails after one attempt asks anew, and is then
 * mostly heard: 0.6 s a name on average instead of 2.0 s, with one of three DNS pods gone (measured). Names have
 * IPv4 addresses only, and a question less is one that cannot get lost; resolvers that do not know `no-aaaa` ignore it.
 */
export const IMPATIENT_DNS: k8s.PodDnsConfig = {
  options: [
    { name: 'timeout', value: '1' },
    { name: 'attempts', value: '1' },
    { name: 'single-request-reopen' },
    { name: 'no-aaaa' },
  ],
};

/** A Secret as files that the pod's group may read, nobody else: all of its keys, or these. */
export function secretFiles(secretName: string, keys?: readonly string[]): k8s.SecretVolumeSource {
  return { secretName, defaultMode: 0o440, items: keys?.map((key) => ({ key, path: key })) };
}

/** What a container may use. */
export function resources(
  requests: { [name: string]: string },
  limits: { [name: string]: string },
): k8s.ResourceRequirements {
  const quantities = (given: { [name: string]: string }) =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, k8s.Quantity.fromString(value)]));
  return { requests: quantities(requests), limits: quantities(limits) };
}
