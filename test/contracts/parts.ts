import facts from '../facts/options.json';
import type { Manifest } from '../helpers';
import { podNames, podSpec, type World } from './world';

/** What a cluster is, read from its StatefulSet. */
export interface ClusterParts {
  readonly set: Manifest;
  readonly name: string;
  readonly namespace: string;
  readonly container: Manifest;
  readonly members: string[];
  /** The release line that the image's tag is of, e.g. `26.0`. */
  readonly line: string;
  readonly secure: boolean;
  /** Members' names as they advertise themselves, with the port, in their order. */
  readonly advertised: string[];
  /** The environment, by the options' names without the prefix. */
  readonly options: Record<string, string>;
}

/** What a front end is, read from its Deployment. */
export interface FrontendParts {
  readonly deployment: Manifest;
  readonly name: string;
  readonly namespace: string;
  readonly container: Manifest;
  /** The cluster before which it stands. */
  readonly cluster: ClusterParts | undefined;
  readonly service: Manifest | undefined;
  readonly config: string;
  readonly balanced: boolean;
  readonly tls: boolean;
}

export const HTTP = 2113;
export const REPLICATION = 1112;
const DOMAIN = 'svc.cluster.local';

export type Line = keyof typeof facts.lines;

/** Per line: the user of the image (the vendor's Dockerfiles), its repositories and its program. */
export const RELEASES: Record<Line, { user: number; image: RegExp; program: string; scheme: string }> = {
  '23.10': eventStoreDb(/^docker\.io\/eventstore\/eventstore:23\.10\.\d+(-bookworm-slim)?$/),
  '24.10': eventStoreDb(/^docker\.eventstore\.com\/eventstore\/eventstoredb-ee:24\.10\.\d+$/),
  '25.1': { ...kurrentDb(/^docker\.kurrent\.io\/kurrent-latest\/kurrentdb:25\.1\.\d+$/), user: 1000 },
  '26.0': kurrentDb(/^docker\.kurrent\.io\/kurrent-lts\/kurrentdb:26\.0\.\d+$/),
  '26.1': kurrentDb(/^docker\.kurrent\.io\/kurrent-latest\/kurrentdb:26\.1\.\d+$/),
};

function eventStoreDb(image: RegExp) {
  return { user: 1000, image, program: '/opt/eventstore/EventStore.ClusterNode', scheme: 'esdb' };
}

function kurrentDb(image: RegExp) {
  return { user: 1001, image, program: '/opt/kurrentdb/KurrentDB', scheme: 'kurrentdb' };
}

/** The prefix of a line's environment variables, underscore included. */
export function prefixOf(line: string): string {
  return facts.lines[line as Line]?.prefix ?? 'UNKNOWN_';
}

/** A StatefulSet that runs members, by any one of the signs of it: a change of one does not hide it. */
function runsMembers(set: Manifest): boolean {
  const container = podSpec(set).containers[0];
  return (
    set.spec.selector?.matchLabels?.['app.kubernetes.io/component'] === 'node' ||
    JSON.stringify(container.command ?? '').includes('start.sh') ||
    (container.env ?? []).some(({ name }: Manifest) => name === 'SERVER_ENV_PREFIX')
  );
}

const CLUSTERS = new WeakMap<World, ClusterParts[]>();
const FRONTENDS = new WeakMap<World, FrontendParts[]>();

/** The clusters of a folder. */
export function clustersOf(world: World): ClusterParts[] {
  const known = CLUSTERS.get(world) ?? findClusters(world);
  CLUSTERS.set(world, known);
  return known;
}

/** Deployments that run nginx with a configuration of ours. */
export function frontendsOf(world: World): FrontendParts[] {
  const known = FRONTENDS.get(world) ?? findFrontends(world);
  FRONTENDS.set(world, known);
  return known;
}

function findClusters(world: World): ClusterParts[] {
  return world
    .of('StatefulSet')
    .filter(runsMembers)
    .map((set) => {
      const { name, namespace } = set.metadata;
      const container = podSpec(set).containers[0];
      const members = podNames(set);
      const line = /:(\d+\.\d+)\./.exec(container.image)?.[1] ?? 'none';
      const own = (container.env as Manifest[]).filter((variable) => variable.name.startsWith(prefixOf(line)));
      const options = Object.fromEntries(own.map((v) => [v.name.slice(prefixOf(line).length), v.value]));
      const advertised = members.map((member) => `${member}.${set.spec.serviceName}.${namespace}.${DOMAIN}:${HTTP}`);
      const secure = options.INSECURE !== 'true';
      return { set, name, namespace, container, members, line, secure, advertised, options };
    });
}

function findFrontends(world: World): FrontendParts[] {
  const clusters = clustersOf(world);
  return world
    .of('Deployment')
    .filter((deployment) => {
      const component = String(deployment.spec.selector?.matchLabels?.['app.kubernetes.io/component']);
      return component.startsWith('frontend') || /nginx/.test(podSpec(deployment).containers[0].image);
    })
    .map((deployment) => {
      const { name, namespace, labels } = deployment.metadata;
      const container = podSpec(deployment).containers[0];
      const maps = (podSpec(deployment).volumes as Manifest[]).flatMap(({ configMap }) => configMap?.name ?? []);
      const config = maps
        .map((map) => world.find('ConfigMap', namespace, map)?.data?.['nginx.conf'])
        .find((text) => text !== undefined);
      const cluster = clusters.find(
        (c) => c.namespace === namespace && c.name === labels?.['app.kubernetes.io/instance'],
      );
      const service = world.find('Service', namespace, name);
      return {
        deployment,
        name,
        namespace,
        container,
        cluster,
        service,
        config: config ?? '',
        balanced: service?.spec.type === 'LoadBalancer',
        tls: /^\s*listen \d+ ssl/m.test(config ?? ''),
      };
    });
}

/** The name of a Service anywhere in Kubernetes. */
export function host(service: string, namespace: string): string {
  return `${service}.${namespace}.${DOMAIN}`;
}
