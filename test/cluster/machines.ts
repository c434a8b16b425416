import { must, run } from './kubectl';

/**
 * What happens to machines. `CLUSTER_TOOL` names a program that knows `power-off`, `power-on`, `cut` and `heal` with a
 * node's name, `volumes --class NAME --count K`, `image` and `load`; with kind, Docker does the same to its containers.
 */
export interface Machines {
  powerOff(node: string): Promise<void>;
  powerOn(node: string): Promise<void>;
  /** pulls the network cable */
  cut(node: string): Promise<void>;
  heal(node: string): Promise<void>;
  /** makes a StatefulSet's volumes possible: a class with this many local volumes on each node */
  localVolumes(storageClass: string, count: number): Promise<void>;
}

class Tool implements Machines {
  constructor(private readonly tool: string) {}
  public powerOff = (node: string) => this.call('power-off', node);
  public powerOn = (node: string) => this.call('power-on', node);
  public cut = (node: string) => this.call('cut', node);
  public heal = (node: string) => this.call('heal', node);
  public localVolumes = (storageClass: string, count: number) =>
    this.call('volumes', '--class', storageClass, '--count', String(count));

  private async call(...args: string[]): Promise<void> {
    await must(this.tool, args);
  }
}

/** Nodes are containers of the network `kind`. Its own class `standard` makes volumes on the node that asks. */
class Kind implements Machines {
  public powerOff = (node: string) => docker('kill', node);
  public powerOn = (node: string) => docker('start', node);
  public cut = (node: string) => docker('network', 'disconnect', 'kind', node);
  public heal = (node: string) => docker('network', 'connect', 'kind', node);

  public async localVolumes(storageClass: string): Promise<void> {
    const standard = JSON.parse(await must('kubectl', ['get', 'storageclass', 'standard', '-o', 'json']));
    const metadata = { name: storageClass };
    await must('kubectl', ['apply', '-f', '-'], JSON.stringify({ ...standard, metadata, reclaimPolicy: 'Retain' }));
  }
}

async function docker(...args: string[]): Promise<void> {
  await must('docker', args);
}

/** Undefined where nobody may touch the machines, such as on a cloud: tests that need it are skipped, and say so. */
export async function findMachines(): Promise<Machines | undefined> {
  if (process.env.CLUSTER_TOOL) return new Tool(process.env.CLUSTER_TOOL);
  return (await onKind()) ? new Kind() : undefined;
}

export async function onKind(): Promise<boolean> {
  const { stdout } = await run('kubectl', ['config', 'current-context']);
  return stdout.startsWith('kind-');
}
