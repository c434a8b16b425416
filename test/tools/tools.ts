import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The real programs that tests run; `npm run test:tools` installs them. */
export type Tool = (typeof TOOLS)[number] | (typeof SCANNING)[number];

// biome-ignore format: a kind of program a line
export const TOOLS = [
  'nginx', 'k6', 'shellcheck', 'busybox', 'gixy',
  'influxd', 'influx', 'prometheus', 'promtool', 'telegraf',
] as const;

/** Only of the scanners; `schemas` is the folder of Kubernetes' schemas. */
const SCANNING = ['kubeconform', 'schemas', 'kube-score', 'checkov', 'pod-security', 'yamllint'] as const;

/** Where install.sh puts them. */
export const BIN = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdk8s-eventstore', 'tools', 'bin');

/** Makes the installed programs visible to everything that looks on PATH, child processes too. */
export function extendPath(): void {
  const path = (process.env.PATH ?? '').split(delimiter);
  if (!path.includes(BIN)) process.env.PATH = [BIN, ...path].join(delimiter);
}

/** The program's path, or undefined where it is not installed. The pinned version wins over the system's. */
export function tool(name: Tool): string | undefined {
  extendPath();
  return process.env.PATH?.split(delimiter)
    .map((folder) => join(folder, name))
    .find(executable);
}

/**
 * True, and a loud word about it, where one of the programs is missing: `describe.skipIf(needs('nginx', 'k6'))`.
 * In CI nothing is ever skipped: the global setup has installed them or has failed the run.
 */
export function needs(...names: Tool[]): boolean {
  const missing = names.filter((name) => !tool(name));
  if (missing.length > 0) {
    console.warn(`SKIPPED, NOT TESTED: needs ${missing.join(', ')}, which this machine lacks: npm run test:tools`);
  }
  return missing.length > 0;
}

/** The shells that start.sh must run in: dash, which the servers' images have (`sh` where there is none), and busybox ash. */
export function posixShells(): [name: string, command: string[]][] {
  const dash = process.env.PATH?.split(delimiter).some((folder) => executable(join(folder, 'dash'))) ? 'dash' : 'sh';
  const busybox = needs('busybox') ? undefined : tool('busybox');
  return [[dash, [dash]], ...(busybox ? [['busybox ash', [busybox, 'sh']] as [string, string[]]] : [])];
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
