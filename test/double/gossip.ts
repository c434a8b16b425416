import { Agent, type RequestOptions, request } from 'node:http';
import { Histogram } from './measure';
import type { Address } from './options';

export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** One member as gossip tells of it. */
export interface Member {
  instanceId: string;
  /** ms since 1970 */
  timeStamp: number;
  state: string;
  isAlive: boolean;
  tcp: Address;
  http: Address;
  /** for clients */
  client: Address;
  lastCommitPosition: number;
  writerCheckpoint: number;
  epochPosition: number;
  epochNumber: number;
  epochId: string;
  /** who led when that epoch began */
  epochLeader: string;
  nodePriority: number;
  isReadOnlyReplica: boolean;
  esVersion: string;
}

export const keyOf = ({ host, port }: Address) => `${host}:${port}`;

export interface GossipSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly removalMs: number;
}

const LATENCIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
const PROCESSING = [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10];
/** At first a round each 100 ms, 20 times, like the real one. */
const FIRST_ROUNDS = 20;
const FIRST_INTERVAL_MS = 100;

/** What this member knows of the others: pushed to one of them each interval, whose knowledge comes back. */
export class Gossip {
  public readonly members = new Map<string, Member>();
  public readonly latencies = { successful: new Histogram(LATENCIES), failed: new Histogram(LATENCIES) };
  public readonly processing = new Histogram(PROCESSING);
  private readonly agent = new Agent({ keepAlive: true });
  private rounds = 0;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly self: () => Member,
    private readonly settings: GossipSettings,
    private readonly updated: () => void,
  ) {}

  public start(seeds: readonly Address[]): void {
    const me = this.self();
    for (const seed of seeds) {
      if (keyOf(seed) !== keyOf(me.http)) this.members.set(keyOf(seed), unheard(seed, me));
    }
    this.round();
  }

  /** Everybody, oneself included and up to date. */
  public all(): Member[] {
    return [this.self(), ...this.members.values()];
  }

  public byInstance(id: string): Member | undefined {
    return this.all().find(({ instanceId }) => instanceId === id);
  }

  public get leaders(): Member[] {
    return [...this.members.values()].filter(({ isAlive, state }) => isAlive && state === 'Leader');
  }

  /** A connection to this member broke: is it dead? */
  public confirm(address: Address): void {
    const member = this.members.get(keyOf(address));
    if (member) this.push(member);
  }

  /** Takes over what another member knows; the newer entry counts, and each knows best about itself. */
  public merge(theirs: Member[], peer?: Address): void {
    const me = this.self();
    for (const member of theirs) {
      const key = keyOf(member.http);
      if (member.instanceId === me.instanceId || key === keyOf(me.http)) continue;
      const mine = this.members.get(key);
      if ((peer && key === keyOf(peer)) || !mine || newer(member, mine)) this.members.set(key, member);
    }
    const oldest = Date.now() - this.settings.removalMs;
    for (const [key, { isAlive, timeStamp }] of this.members)
      if (!isAlive && timeStamp < oldest) this.members.delete(key);
    this.updated();
  }

  public send(
    to: Address,
    path: string,
    body: unknown,
    answered: (text: string) => void = () => {},
    failed: () => void = () => {},
  ): void {
    const options: RequestOptions = {
      host: to.host,
      port: to.port,
      path,
      method: 'POST',
      agent: this.agent,
      timeout: this.settings.timeoutMs,
    };
    let over = false;
    const fail = () => {
      if (!over) failed();
      over = true;
      sent.destroy();
    };
    const sent = request({ ...options, headers: { 'content-type': 'application/json' } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(patience);
        if (over) return;
        over = true;
        answered(Buffer.concat(parts).toString());
      });
    });
    // the whole exchange, name resolution and connect included
    const patience = setTimeout(fail, this.settings.timeoutMs);
    sent.on('error', () => {
      clearTimeout(patience);
      fail();
    });
    sent.end(JSON.stringify(body));
  }

  public stop(): void {
    clearTimeout(this.timer);
  }

  private round(): void {
    const others = [...this.members.values()];
    if (others.length > 0) this.push(others[Math.floor(Math.random() * others.length)]);
    this.updated();
    this.timer = setTimeout(
      () => this.round(),
      this.rounds++ < FIRST_ROUNDS ? FIRST_INTERVAL_MS : this.settings.intervalMs,
    );
  }

  /** Over HTTP/1.1 with JSON; the real one speaks gRPC on this path. */
  private push({ http }: Member): void {
    const since = performance.now();
    this.send(
      http,
      '/event_store.cluster.Gossip/Update',
      { from: this.self().http, members: this.all() },
      (text) => {
        this.latencies.successful.add((performance.now() - since) / 1000);
        const { from, members } = JSON.parse(text || '{}');
        if (members) this.merge(members, from);
      },
      () => {
        this.latencies.failed.add((performance.now() - since) / 1000);
        const member = this.members.get(keyOf(http));
        if (!member?.isAlive) return;
        this.members.set(keyOf(http), { ...member, isAlive: false, timeStamp: Date.now() });
        this.updated();
      },
    );
  }
}

function newer(member: Member, than: Member): boolean {
  return (
    (member.epochNumber - than.epochNumber ||
      member.writerCheckpoint - than.writerCheckpoint ||
      member.timeStamp - than.timeStamp) > 0
  );
}

/** A seed that did not answer yet. */
function unheard(seed: Address, me: Member): Member {
  return {
    ...me,
    instanceId: NOBODY,
    timeStamp: Date.now(),
    state: 'Manager',
    isAlive: true,
    tcp: { host: seed.host, port: 0 },
    http: seed,
    client: seed,
    lastCommitPosition: -1,
    writerCheckpoint: -1,
    epochPosition: -1,
    epochNumber: -1,
    epochId: NOBODY,
    epochLeader: NOBODY,
    nodePriority: 0,
    isReadOnlyReplica: false,
  };
}
