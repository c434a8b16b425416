import { describe, expect, it, onTestFinished } from 'vitest';
import { Election, type Message } from './election';
import { type Gossip, type Member, NOBODY } from './gossip';

function member(name: string, writerCheckpoint: number): Member {
  const address = { host: name, port: 2113 };
  return {
    instanceId: name,
    timeStamp: 0,
    state: 'Unknown',
    isAlive: true,
    tcp: address,
    http: address,
    client: address,
    lastCommitPosition: 0,
    writerCheckpoint,
    epochPosition: 0,
    epochNumber: 0,
    epochId: NOBODY,
    epochLeader: NOBODY,
    nodePriority: 0,
    isReadOnlyReplica: false,
    esVersion: '26.0.3',
  };
}

/** One member of several; what it says goes nowhere. */
function electionOf(me: Member, others: Member[], size = 3) {
  let proposal = -1;
  const elected: string[] = [];
  const said: Message[] = [];
  const gossip = {
    all: () => [me, ...others],
    byInstance: (id: string) => [me, ...others].find(({ instanceId }) => instanceId === id),
    send: (_to: unknown, _path: string, message: Message) => said.push(message),
  };
  const election = new Election(
    gossip as unknown as Gossip,
    { size, timeoutMs: 60_000 },
    {
      self: () => me,
      standing: () => undefined,
      takesPart: () => true,
      proposal: () => proposal,
      remember: (number) => {
        proposal = number;
      },
      elected: ({ member, number }) => elected.push(`${member.instanceId} ${number}`),
    },
  );
  onTestFinished(() => election.stop());
  return { election, elected, said };
}

describe('an election', () => {
  const [a, b, c] = [member('a', 20), member('b', 10), member('c', 20)];

  it('is not won by members that accept somebody else in the same view', () => {
    const { election, elected } = electionOf(a, [b, c]);
    election.start();
    election.receive({ kind: 'ViewChange', from: 'b', view: 0 });
    election.receive({ kind: 'PrepareOk', from: 'b', view: 0, member: b });
    // a proposed itself; the others heard of another proposal first
    for (const from of ['b', 'c']) election.receive({ kind: 'Accept', from, view: 0, leader: 'c' });
    expect(elected).toEqual([]);
    election.receive({ kind: 'Accept', from: 'b', view: 0, leader: 'a' });
    expect(elected).toEqual(['a 1']);
  });

  it('is won by a proposal and one that accepts it, with the number of the epoch', () => {
    const { election, elected } = electionOf(b, [a, c]);
    election.receive({ kind: 'ViewChange', from: 'a', view: 0 });
    election.receive({ kind: 'Proposal', from: 'a', view: 0, member: c, number: 4 });
    expect(elected).toEqual(['c 4']);
  });

  it('has one candidate a view, and none whose number was proposed before', () => {
    const { election, said } = electionOf(b, [a, c, member('d', 20), member('e', 20)], 5);
    const accepted = () => said.flatMap((message) => (message.kind === 'Accept' ? [message.leader] : []));
    const propose = (view: number, candidate: Member, number: number) => {
      said.length = 0;
      election.receive({ kind: 'ViewChange', from: 'a', view });
      election.receive({ kind: 'Proposal', from: candidate.instanceId, view, member: candidate, number });
      return new Set(accepted());
    };
    expect(propose(0, c, 1)).toEqual(new Set(['c']));
    expect(propose(0, a, 2)).toEqual(new Set());
    expect(propose(1, a, 2)).toEqual(new Set());
    expect(propose(1, a, 3)).toEqual(new Set(['a']));
  });

  it('goes to the leader whose epoch the best one has, if it lives, and not to the longest log', () => {
    const led = { ...member('c', 30), epochNumber: 1, epochId: 'one', epochLeader: 'b' };
    const { election, said } = electionOf(a, [{ ...b, state: 'Leader' }, led]);
    election.start();
    election.receive({ kind: 'ViewChange', from: 'c', view: 0 });
    election.receive({ kind: 'PrepareOk', from: 'c', view: 0, member: led });
    expect(said.find(({ kind }) => kind === 'Proposal')).toMatchObject({ member: { instanceId: 'b' }, number: 1 });
  });
});
