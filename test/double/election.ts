import type { Gossip, Member } from './gossip';

/** Who shall lead, and the number of the epoch that opens then. */
interface Choice {
  readonly member: Member;
  readonly number: number;
}

/** What members say to each other in an election. */
export type Message =
  | { kind: 'ViewChange'; from: string; view: number }
  | { kind: 'Installed'; from: string; view: number; outcome?: Choice }
  | { kind: 'Prepare'; from: string; view: number }
  | { kind: 'PrepareOk'; from: string; view: number; member: Member }
  | ({ kind: 'Proposal'; from: string; view: number } & Choice)
  | { kind: 'Accept'; from: string; view: number; leader: string }
  | { kind: 'Resigning'; from: string };

export interface ElectionSettings {
  readonly size: number;
  readonly timeoutMs: number;
}

export interface Electorate {
  self(): Member;
  /** the leader that this member follows and that gossip says is alive, or itself */
  standing(): string | undefined;
  /** whether it takes part; one that still looks for a leader does not */
  takesPart(): boolean;
  /** the highest number that was proposed, in this life or another: -1 if none */
  proposal(): number;
  remember(proposal: number): void;
  elected(choice: Choice): void;
}

/**
 * An election, as it was measured and read: a majority agrees on a view; one of it, by the view's number, asks everybody
 * and takes the best of the **first majority that answers**; when a majority accepts, it is elected. Whoever answers
 * later is not heard: that is how two empty members elect one of them.
 */
export class Election {
  public count = 0;
  private view = -1;
  private installed = -1;
  private changes = new Set<string>();
  private prepared: Member[] = [];
  private accepts = new Set<string>();
  private proposed?: Choice;
  private asked = false;
  private running = false;
  private timer?: NodeJS.Timeout;
  private resigning?: string;
  private lastLeader?: string;
  private outcome?: Choice;

  constructor(
    private readonly gossip: Gossip,
    private readonly settings: ElectionSettings,
    private readonly electorate: Electorate,
  ) {}

  public get isRunning(): boolean {
    return this.running;
  }

  /** Calls an election; nothing happens if one is under way. */
  public start(): void {
    if (this.running) return;
    this.enter(Math.max(this.view, this.installed) + 1);
  }

  /** A standing leader was found: there is nothing to elect. */
  public stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** The last leader is no candidate any more: it resigned, or there were two. */
  public resign(): void {
    this.resigning = this.electorate.self().instanceId;
    this.lastLeader = undefined;
    this.tell({ kind: 'Resigning', from: this.me });
  }

  public receive(message: Message): void {
    if (message.kind === 'Resigning') {
      this.resigning = message.from;
      if (this.lastLeader === message.from) this.lastLeader = undefined;
      return;
    }
    if (!this.electorate.takesPart()) return;
    if (message.kind === 'Installed') {
      this.catchUp(message.view, message.outcome);
      return;
    }
    if (message.view <= this.installed) {
      const { me, installed: view, outcome } = this;
      if (message.kind === 'ViewChange') this.tell({ kind: 'Installed', from: me, view, outcome }, message.from);
      return;
    }
    if (message.kind === 'ViewChange' && message.view > this.view) this.enter(message.view);
    if (message.view !== this.view) return;
    this.step(message);
  }

  /** An election is over that this member did not hear the end of. */
  private catchUp(view: number, outcome?: Choice): void {
    if (view <= this.installed) return;
    this.installed = view;
    if (!this.running || this.view > view) return;
    this.stop();
    this.lastLeader = outcome?.member.instanceId;
    if (outcome) this.electorate.elected(outcome);
    else this.enter(view + 1);
  }

  private step(message: Message): void {
    if (message.kind === 'ViewChange') {
      this.changes.add(message.from);
      this.ask();
    } else if (message.kind === 'Prepare') {
      const { me, view } = this;
      this.tell({ kind: 'PrepareOk', from: me, view, member: this.electorate.self() }, message.from);
    } else if (message.kind === 'PrepareOk') {
      this.prepared.push(message.member);
      this.propose();
    } else if (message.kind === 'Proposal') {
      if (message.number <= this.electorate.proposal()) return;
      this.electorate.remember(message.number);
      // two may propose in one view, if they know of different members: the first proposal binds
      if (!this.agrees(message.member) || (this.proposed && !this.isProposed(message.member.instanceId))) return;
      this.accept(message, message.from);
    } else if (message.kind === 'Accept' && this.isProposed(message.leader)) {
      this.accepts.add(message.from);
      this.finish();
    }
  }

  private get me(): string {
    return this.electorate.self().instanceId;
  }

  private get majority(): number {
    return Math.floor(this.settings.size / 2) + 1;
  }

  /** Those that may vote, as far as is known, in an order that all share. */
  private get voters(): Member[] {
    return this.gossip
      .all()
      .filter(({ isAlive, state, isReadOnlyReplica }) => isAlive && state !== 'Manager' && !isReadOnlyReplica)
      .sort((a, b) => (`${a.http.host}:${a.http.port}` < `${b.http.host}:${b.http.port}` ? -1 : 1));
  }

  private enter(view: number): void {
    this.view = view;
    this.running = true;
    this.count++;
    this.changes = new Set([this.me]);
    this.prepared = [];
    this.accepts = new Set();
    this.proposed = undefined;
    this.asked = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.enter(this.view + 1), this.settings.timeoutMs);
    this.tell({ kind: 'ViewChange', from: this.me, view });
    this.ask();
  }

  private ask(): void {
    const { voters } = this;
    if (this.asked || this.changes.size < this.majority || voters.length < this.majority) return;
    if (voters[this.view % voters.length].instanceId !== this.me) return;
    this.asked = true;
    this.prepared.push(this.electorate.self());
    this.tell({ kind: 'Prepare', from: this.me, view: this.view });
    this.propose();
  }

  private propose(): void {
    if (this.prepared.length < this.majority || this.proposed) return;
    const member = this.candidate();
    const number = Math.max(this.electorate.self().epochNumber, this.electorate.proposal()) + 1;
    this.electorate.remember(number);
    this.tell({ kind: 'Proposal', from: this.me, view: this.view, member, number });
    this.accept({ member, number });
  }

  /** The best of those that answered; or the leader whose epoch it has, if that one answered too or lives. */
  private candidate(): Member {
    const [best] = [...this.prepared].sort((a, b) => this.compare(b, a));
    const wrote = ({ instanceId }: Member) => instanceId === best.epochLeader && instanceId !== this.resigning;
    const answered = this.prepared.find((member) => wrote(member) && member.epochId === best.epochId);
    const known = this.gossip.byInstance(best.epochLeader);
    return answered ?? (known?.isAlive && wrote(known) ? known : best);
  }

  /** Who proposes accepts as well. */
  private accept({ member, number }: Choice, proposer = this.me): void {
    this.proposed = { member, number };
    this.accepts.add(proposer).add(this.me);
    this.tell({ kind: 'Accept', from: this.me, view: this.view, leader: member.instanceId });
    this.finish();
  }

  private isProposed(instanceId: string): boolean {
    return this.proposed?.member.instanceId === instanceId;
  }

  /** A member that is better than the candidate, or follows a leader that stands, does not accept. */
  private agrees(candidate: Member): boolean {
    const self = this.electorate.self();
    if (candidate.instanceId === self.instanceId) return true;
    const standing = this.electorate.standing();
    if (standing && standing !== candidate.instanceId && standing !== this.resigning) return false;
    return self.instanceId === this.resigning || this.leads(candidate) || this.compareLogs(candidate, self) >= 0;
  }

  /** The last one that was elected, as far as gossip knows. */
  private leads({ instanceId }: Member): boolean {
    const known = this.gossip.byInstance(instanceId);
    return instanceId === this.lastLeader && known?.isAlive === true && known.state === 'Leader';
  }

  private finish(): void {
    if (!this.proposed || this.accepts.size < this.majority) return;
    this.installed = this.view;
    this.running = false;
    this.resigning = undefined;
    this.lastLeader = this.proposed.member.instanceId;
    this.outcome = this.proposed;
    clearTimeout(this.timer);
    this.electorate.elected(this.proposed);
  }

  private compareLogs(a: Member, b: Member): number {
    return a.epochNumber - b.epochNumber || a.writerCheckpoint - b.writerCheckpoint;
  }

  private compare(a: Member, b: Member): number {
    const stays = ({ instanceId }: Member) => (instanceId === this.resigning ? 0 : 1);
    return (
      this.compareLogs(a, b) ||
      stays(a) - stays(b) ||
      a.nodePriority - b.nodePriority ||
      (a.instanceId < b.instanceId ? -1 : 1)
    );
  }

  private tell(message: Message, only?: string): void {
    for (const member of this.voters) {
      if (member.instanceId === this.me || (only && member.instanceId !== only)) continue;
      this.gossip.send(member.http, `/event_store.cluster.Elections/${message.kind}`, message);
    }
  }
}
