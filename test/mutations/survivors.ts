/** A mutation that nothing catches, and why that is right. */
export interface Survivor {
  readonly name: RegExp;
  readonly reason: string;
}

const DEFAULT = "what is left out is Kubernetes' default: the objects are the same";
const WORDS = 'words for people: what they must say is checked, not how';
const THEIRS = 'a name of something outside this folder: nothing here says which is right';

/** Every entry must have a mutation that survives, or the run fails: a list that grows stale would hide the next one. */
export const SURVIVORS: Survivor[] = [
  { name: /^NetworkPolicy .*ports\.\d+\.protocol deleted$/, reason: `${DEFAULT} (TCP)` },
  { name: /^NetworkPolicy .*spec\.policyTypes deleted$/, reason: `${DEFAULT} (both, where there is egress)` },
  {
    name: /^NetworkPolicy .*(egress\.0\.to\.0|ingress\.0\.from\.[02])\.namespaceSelector deleted$/,
    reason: 'without it the policy means its own namespace, which is the one named',
  },
  { name: /^StatefulSet es: .*livenessProbe\.periodSeconds deleted$/, reason: `${DEFAULT} (10 s)` },
  { name: /^Deployment .*livenessProbe\.(periodSeconds|failureThreshold) deleted$/, reason: `${DEFAULT} (10 s, 3)` },
  { name: /^Deployment monitoring-.*readinessProbe\.failureThreshold deleted$/, reason: `${DEFAULT} (3)` },
  {
    name: /^settings\.json: .*"(users|events|retries|at)": \d+,? = \d+$/,
    reason: 'how large a load is and when pods are killed, the user chooses',
  },
  { name: /^settings\.json: .* > \{ deleted$/, reason: 'how many pods are killed, the user chooses' },
  {
    name: /^settings\.json: .*"variant": .* = \w+x$/,
    reason: 'a name for the report, which the user chooses',
  },
  { name: /^Deployment .*spec\.strategy\.type deleted$/, reason: `${DEFAULT} (RollingUpdate)` },
  { name: /^ConfigMap .*-connection: data\.notes = /, reason: WORDS },
  {
    name: /^nginx\.conf: .*map .* > default (''|0); deleted$/,
    reason: "nginx takes '' for it, which means the same here",
  },
  {
    name: /^nginx\.conf: .*map .*\$kind > POST append; deleted$/,
    reason: 'the expression for it says the same; nginx finds the exact one faster',
  },
  {
    name: /^nginx\.conf: (pid|http > \w+_temp_path) .* = \/tmp\/[\w.]+x$/,
    reason: 'any name will do in the folder that nginx may write',
  },
  { name: /volumes\.\d+\.secret\.secretName = door-tlsx$/, reason: THEIRS },
  { name: /volumeClaimTemplates\.0\.spec\.storageClassName = managed-csi-premiumx$/, reason: THEIRS },
  {
    name: /volumeClaimTemplates\.0\.spec\.resources\.requests\.storage = \d+Gi$/,
    reason: 'a disk ten times as large is a choice; of a share that exists the volume must agree',
  },
];
