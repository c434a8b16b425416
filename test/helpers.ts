import { type App, Chart, Testing, Yaml } from 'cdk8s';
import { buildApp } from '../charts/build-app';
import type { GeneratorOptions } from '../charts/options';
import { EventStoreCluster, type EventStoreClusterProps } from '../lib';

/** A manifest as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: manifests of any kind, read field by field
export type Manifest = any;

export const DEFAULTS: GeneratorOptions = {
  nodes: 3,
  storage: 'podstorage',
  name: 'es',
  namespace: 'eventstore',
  serverVersion: '26.0',
  sharePrefix: 'esdisk-',
  secretName: 'azure-secret',
  protocol: 'smb',
  frontend: true,
  exposure: 'cluster',
  // a file of its own, with tests of its own: test/monitoring
  monitoring: 'none',
  collector: 'telegraf',
  grafanaExposure: 'cluster',
  nodesProxy: false,
};

/** Every object that the generator writes for these options. */
export function generate(options: Partial<GeneratorOptions> = {}): Manifest[] {
  return manifestsOf(buildApp({ ...DEFAULTS, ...options }));
}

export function manifestsOf(app: App): Manifest[] {
  return app.charts.flatMap((chart) => chart.toJson());
}

/** All of an app's objects as YAML, as a reviewer reads them. */
export function yamlOf(app: App): string {
  return Yaml.stringify(...manifestsOf(app));
}

/** A cluster `es` alone in a chart with the namespace `eventstore`. */
export function makeCluster(props: EventStoreClusterProps = {}, app = Testing.app()): EventStoreCluster {
  return new EventStoreCluster(new Chart(app, 'eventstore', { namespace: 'eventstore' }), 'es', props);
}

/** Every object of that cluster. */
export function synthesize(props: EventStoreClusterProps = {}): Manifest[] {
  return Testing.synth(Chart.of(makeCluster(props)));
}

/** The one object of this kind and name. */
export function find(manifests: Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
  if (found.length !== 1) {
    const there = manifests.map((m) => `${m.kind}/${m.metadata.name}`).join(', ');
    throw new Error(`expected one ${kind} ${name ?? ''}, found ${found.length} among ${there}`);
  }
  return found[0];
}

/** The container of a workload. */
export function containerOf(workload: Manifest): Manifest {
  return workload.spec.template.spec.containers[0];
}

/** A member's environment, by name: the value, or where it comes from. */
export function environmentOf(manifests: Manifest[]): Record<string, Manifest> {
  const env = containerOf(find(manifests, 'StatefulSet')).env as Manifest[];
  return Object.fromEntries(env.map((variable) => [variable.name, variable.value ?? variable.valueFrom]));
}

/** The code of the error that this throws. */
export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    if (!message.startsWith(`${code} `) || message.includes('\n'))
      throw new Error(`not one line with its code: ${message}`);
    return code;
  }
  throw new Error('nothing was thrown');
}
