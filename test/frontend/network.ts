import { type ChildProcess, spawn } from 'node:child_process';
import { type Network, run } from './cluster';

const NEAR = '10.77.0.1';
const FAR = '10.77.0.2';
const NEAR_ADDRESS = '02:00:00:00:00:01';
const FAR_ADDRESS = '02:00:00:00:00:02';
const NOBODY = '02:00:00:00:00:99';

/**
 * Two networks of their own, joined by a cable: the far one for one member, the near one for all else. Cut, every
 * packet between them vanishes, as when a machine loses its power or its network: nobody refuses anything.
 */
export class CutNetwork implements Network {
  public readonly storeHost = NEAR;

  /** Whether this machine lets us make networks: as root, or as anybody where user namespaces are allowed. */
  public static get possible(): boolean {
    return run(['unshare', ...isolation(), 'true']).status === 0;
  }

  public static async make(farMember: number): Promise<CutNetwork> {
    const near = await namespace(['unshare', ...isolation()]);
    const enterNear = enter(near);
    const far = await namespace([...enterNear, 'unshare', '--net']);
    const network = new CutNetwork(farMember, near, far);
    for (const command of [
      'ip link set lo up',
      `ip link add near0 address ${NEAR_ADDRESS} type veth peer name far0 address ${FAR_ADDRESS} netns ${far.pid}`,
      `ip address add ${NEAR}/24 dev near0`,
      'ip link set near0 up',
    ]) {
      must([...enterNear, ...command.split(' ')]);
    }
    network.far('ip link set lo up');
    network.far(`ip address add ${FAR}/24 dev far0`);
    network.far('ip link set far0 up');
    network.heal();
    return network;
  }

  private constructor(
    private readonly farMember: number,
    private readonly nearHolder: ChildProcess,
    private readonly farHolder: ChildProcess,
  ) {}

  public enter(member?: number): string[] {
    return enter(member === this.farMember ? this.farHolder : this.nearHolder);
  }

  public host(member: number): string {
    return member === this.farMember ? FAR : '127.0.0.1';
  }

  /** With a wrong hardware address on both ends, packets leave and nobody takes them, or says that he does not. */
  public cut(): void {
    this.neighbours(NOBODY, NOBODY);
  }

  public heal(): void {
    this.neighbours(FAR_ADDRESS, NEAR_ADDRESS);
  }

  public remove(): void {
    for (const holder of [this.farHolder, this.nearHolder]) holder.kill('SIGKILL');
  }

  /** Hardware addresses are told, not asked for: an unanswered question would be noticed, a lost packet is not. */
  private neighbours(far: string, near: string): void {
    must([
      ...enter(this.nearHolder),
      ...`ip neighbour replace ${FAR} lladdr ${far} nud permanent dev near0`.split(' '),
    ]);
    this.far(`ip neighbour replace ${NEAR} lladdr ${near} nud permanent dev far0`);
  }

  private far(command: string): void {
    must([...enter(this.farHolder), ...command.split(' ')]);
  }
}

function isolation(): string[] {
  return process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net'];
}

function enter({ pid }: ChildProcess): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
  return ['nsenter', '--target', String(pid), ...user, '--net', '--'];
}

/** A process that does nothing but keep a network alive. It tells when it is in it. */
function namespace(command: string[]): Promise<ChildProcess> {
  const holder = spawn(command[0], [...command.slice(1), 'sh', '-c', 'echo ready; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((done, failed) => {
    holder.stdout!.once('data', () => done(holder));
    holder.once('exit', (code) => failed(new Error(`no network of its own: ${command.join(' ')} ended with ${code}`)));
  });
}

function must(command: string[]): void {
  const { status, stderr } = run(command);
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}
