import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../ports';
import { buildDouble } from './bundle';
import { Member, type MemberOptions, sleep } from './member';

let bundle: Promise<string> | undefined;

/** Members on loopback. A test that made one destroys it, also when it fails. */
export class Cluster {
  private constructor(
    public readonly members: Member[],
    private readonly folder: string,
  ) {}

  /** Members that do not run yet; `over`: called with what must be done in the end. */
  public static async of(
    count: number,
    over: (destroy: () => Promise<void>) => void,
    options: MemberOptions = {},
  ): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'double-'));
    const ports = await freePorts(2 * count);
    const seeds = ports.slice(0, count).map((port) => `127.0.0.1:${port}`);
    bundle ??= buildDouble();
    const program = await bundle;
    const members = seeds.map(
      (_, i) =>
        new Member(join(folder, `${i + 1}`), ports[i], ports[count + i], seeds, program, { size: count, ...options }),
    );
    for (const member of members) mkdirSync(member.db, { recursive: true });
    const cluster = new Cluster(members, folder);
    over(() => cluster.destroy());
    return cluster;
  }

  public start(options: MemberOptions = {}): this {
    for (const member of this.members) member.start(options);
    return this;
  }

  public async destroy(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  public async leader(): Promise<Member | undefined> {
    const states = await Promise.all(this.members.map((member) => member.state()));
    return this.members.find((_, i) => states[i] === 'leader');
  }

  public async followers(): Promise<Member[]> {
    const states = await Promise.all(this.members.map((member) => member.state()));
    return this.members.filter((_, i) => states[i] === 'follower');
  }

  /** Waits until every one of these members leads or follows; says how long it took, in seconds. */
  public async formed(members = this.members, seconds = 60): Promise<number> {
    const since = Date.now();
    await this.until(
      'formed',
      async () => {
        const states = await Promise.all(members.map((member) => member.state()));
        const leaders = states.filter((state) => state === 'leader').length;
        return leaders === 1 && states.every((state) => state === 'leader' || state === 'follower');
      },
      seconds,
    );
    return (Date.now() - since) / 1000;
  }

  public async until(what: string, holds: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
    for (const since = Date.now(); !(await holds()); await sleep(50)) {
      if (Date.now() - since > 1000 * seconds)
        throw new Error(
          `${what}: not within ${seconds} s\n${this.members.map(({ output }) => output).join('\n---\n')}`,
        );
    }
  }

  /** What of these events is on each member. */
  public async left(stream: string): Promise<number[]> {
    return Promise.all(this.members.map(async (member) => new Set(await member.read(stream)).size));
  }
}
