import type { Manifest } from '../helpers';
import { benchmarks } from './benchmarks';
import { budgets } from './budgets';
import { clusters } from './clusters';
import { connections } from './connections';
import { environment } from './environment';
import { knownFields } from './fields';
import { frontends } from './frontends';
import { grafana } from './grafana';
import { influxdb } from './influxdb';
import { metadata } from './metadata';
import { networkPolicies } from './network';
import { nginx } from './nginx';
import { pods } from './pods';
import { probes } from './probes';
import { programs } from './programs';
import { references } from './references';
import { resources } from './resources';
import { rights } from './rights';
import { services } from './services';
import { stackNetwork } from './stack-network';
import { storage } from './storage';
import { telegraf } from './telegraf';
import { type Chosen, type Contract, type Finding, World } from './world';

export type { Finding } from './world';

/** What must hold of every folder of our manifests, whatever it was made with. */
const CONTRACTS: Record<string, Contract> = {
  knownFields,
  metadata,
  references,
  services,
  pods,
  probes,
  resources,
  budgets,
  networkPolicies,
  clusters,
  environment,
  storage,
  connections,
  frontends,
  nginx,
  programs,
  rights,
  telegraf,
  influxdb,
  grafana,
  benchmarks,
  stackNetwork,
};

/**
 * Everything that does not hold in and between these objects; nothing for a folder that is right. What a contract cannot
 * even read, since a field is missing or of another kind, is a finding as well.
 */
export function checkManifests(manifests: readonly Manifest[], chosen: Chosen = {}): Finding[] {
  const world = new World(manifests, chosen);
  for (const name of Object.keys(CONTRACTS)) check(world, name);
  return world.findings;
}

/** The first of these findings, for those who only ask whether there is one. */
export function firstFinding(manifests: readonly Manifest[], chosen: Chosen = {}): Finding | undefined {
  const world = new World(manifests, chosen);
  return Object.keys(CONTRACTS).some((name) => check(world, name).length > 0) ? world.findings[0] : undefined;
}

function check(world: World, name: string): Finding[] {
  try {
    CONTRACTS[name](world);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    world.findings.push({ rule: name, object: 'some object', message: `cannot be read: ${error.message}` });
  }
  return world.findings;
}
