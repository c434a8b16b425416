import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { posixShells } from '../tools/tools';
import { type Member, mayVote, type View } from './rules';

const SCRIPT = readFileSync(join(__dirname, '..', '..', 'lib', 'eventstore', 'start.sh'), 'utf8');
/** The script's functions, without what it does: all before its first act. */
const FUNCTIONS = SCRIPT.slice(0, SCRIPT.indexOf('if [ "${1-}" = ready ]; then'));
const PATIENCE = 10;

const SHELLS = posixShells();

/** Runs shell code after the script's functions, for a cluster of `size`. */
function shell(command: string[], size: number, code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'es-decision-'));
  const file = join(folder, 'cases.sh');
  writeFileSync(file, `${FUNCTIONS}\n${code}`);
  const env = {
    PATH: process.env.PATH,
    EVENTSTORE_CLUSTER_SIZE: String(size),
    EVENTSTORE_GOSSIP_SEED: seedsOf(size)
      .map((name) => `${name}:2113`)
      .join(','),
    LOST_MAJORITY_SECONDS: String(PATIENCE),
  };
  try {
    return execFileSync(command[0], [...command.slice(1), file], {
      env,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const seedsOf = (size: number) => Array.from({ length: size }, (_, i) => `es-${i + 1}`);

/** One of: absent, learner empty, learner with log, voter with log, leader. */
type Kind = 0 | 1 | 2 | 3 | 4;

function combinations(size: number): Kind[][] {
  if (size === 0) return [[]];
  return combinations(size - 1).flatMap((rest) => ([0, 1, 2, 3, 4] as Kind[]).map((kind) => [...rest, kind]));
}

/** Logs differ, so that copies rank: among learners es-1 and es-4 hold all, es-2 and es-5 the same part, es-3 an old epoch. */
const LEARNT: [log: number, epoch: number][] = [
  [200, 3],
  [120, 3],
  [300, 2],
  [200, 3],
  [120, 3],
];

function membersOf(kinds: Kind[]): Member[] {
  const led = kinds.includes(4);
  return kinds.flatMap((kind, i): Member[] => {
    const name = `es-${i + 1}`;
    const state = led ? 'ReadOnlyReplica' : 'ReadOnlyLeaderless';
    const [log, epoch] = LEARNT[i];
    if (kind === 1) return [{ name, state, learner: true, log: 0, epoch: -1 }];
    if (kind === 2) return [{ name, state, learner: true, log, epoch }];
    if (kind === 3) return [{ name, state: led ? 'Follower' : 'Unknown', learner: false, log: 150, epoch: 3 }];
    return kind === 4 ? [{ name, state: 'Leader', learner: false, log: 200, epoch: 3 }] : [];
  });
}

/** Every combination, as each learner in it sees it: when it has waited long enough, and in the ways that it has not. */
function views(size: number): View[] {
  return combinations(size).flatMap((kinds) => {
    const members = membersOf(kinds);
    const leader = members.filter(({ state }) => state === 'Leader').at(-1);
    const before = leader && { leader: leader.name, epoch: leader.epoch, log: leader.log };
    const ripe = {
      size,
      seeds: seedsOf(size),
      members,
      seconds: 10,
      waited: PATIENCE,
      patience: PATIENCE,
      before,
      leaderSize: size,
    };
    return members
      .filter(({ learner }) => learner)
      .flatMap(({ name: me }): View[] => {
        const unripe: View[] = [
          { ...ripe, me, waited: 0, seconds: 2 },
          { ...ripe, me, leaderSize: 1 },
          { ...ripe, me, before: before && { ...before, epoch: 2 } },
          { ...ripe, me, before: before && { ...before, log: 201 } },
        ];
        return [{ ...ripe, me }, ...(size === 3 ? unripe : unripe.slice(0, 1))];
      });
  });
}

const lineOf = ({ name, state, learner, log, epoch }: Member) =>
  `${name} 2113 ${state} ${learner} ${log} ${epoch} true `;

/** What the shell decides in each view. */
function decisions(command: string[], size: number, given: View[]): (string | undefined)[] {
  const calls = given.map(({ me, members, seconds, waited, before, leaderSize }) => {
    const own = members.find(({ name }) => name === me);
    const seen = before ? `${before.leader}:2113 ${before.epoch}` : '';
    return [
      `me='${me} 2113'; own='${own ? lineOf(own) : ''}'; members='${members.map(lineOf).join('\n')}'`,
      `seconds=${seconds}; stuck=${waited}; seen='${seen}'; seen_log=${before?.log ?? 0}; theirs=${leaderSize}; try`,
    ].join('; ');
  });
  const code = [
    'leader_size() { value=$theirs; }',
    'try() { reason=; count; [ -z "$my_state" ] || decide; echo "${reason:--}"; }',
    ...calls,
  ].join('\n');
  const rules: Record<string, string | undefined> = { it: 'a', all: 'b', 'WARNING:': 'c' };
  return shell(command, size, code)
    .trimEnd()
    .split('\n')
    .map((reason) => rules[reason.split(' ')[0]]);
}

describe.each(SHELLS)('start.sh in %s', (_, command) => {
  it.each([3, 5])(
    'decides for %i members as the rules say, in every combination of members',
    { timeout: 120_000 },
    (size) => {
      const given = views(size);
      const decided = decisions(command, size, given);
      expect(decided).toHaveLength(given.length);
      const wrong = given.filter((view, i) => decided[i] !== mayVote(view));
      expect(wrong.slice(0, 3)).toEqual([]);
      for (const rule of ['a', 'b', 'c', undefined]) expect(decided).toContain(rule);
    },
  );

  const GOSSIP = JSON.parse(readFileSync(join(__dirname, 'gossip.json'), 'utf8'));
  const look = (gossip: unknown, indent?: number): string => {
    const text = JSON.stringify(gossip, null, indent);
    const code = `fetch() { printf '%s' '${text}' | tr -d ' \\r\\n"' | tr '{' '\\n'; }\nlook; echo "$me|$own"; printf %s "$members"`;
    return shell(command, 3, code);
  };

  it('reads gossip as a real server wrote it, in any order of fields and layout', () => {
    const lines = [
      '127.0.3.13 2113|127.0.3.13 2113 Leader false 74592 0 true ',
      '127.0.3.13 2113 Leader false 74592 0 true ',
      '127.0.3.12 2113 Follower false 74592 0 true ',
      '127.0.3.11 2113 Follower false 74592 0 true ',
    ];
    expect(look(GOSSIP).trimEnd().split('\n')).toEqual(lines.map((line, i) => (i === 3 ? line.trimEnd() : line)));
    expect(look(GOSSIP, 2)).toBe(look(GOSSIP));
    const turned = { serverPort: GOSSIP.serverPort, serverIp: GOSSIP.serverIp, members: GOSSIP.members.map(backwards) };
    expect(look(turned)).toBe(look(GOSSIP));
  });

  it('leaves out the dead, seeds not heard of, and entries that lack a field', () => {
    const [first, second, third] = GOSSIP.members;
    const { epochNumber: _gone, ...partial } = third;
    expect(look({ ...GOSSIP, members: [{ ...first, isAlive: false }, { ...second, state: 'Manager' }, partial] })).toBe(
      '127.0.3.13 2113|\n',
    );
    expect(look({})).toBe('- -|\n');
  });
});

const backwards = (object: object) => Object.fromEntries(Object.entries(object).reverse());

describe('the rules', () => {
  const all = [...views(3), ...views(5)];

  it('take a new cluster for one only where all members are up and none holds anything', () => {
    for (const view of all.filter((each) => mayVote(each) === 'b')) {
      expect(view.members).toHaveLength(view.size);
      expect(view.members.every(({ log, learner }) => log === 0 && learner)).toBe(true);
    }
  });

  it('let a copy vote under a leader only when it is whole, and the leader of its own cluster size', () => {
    for (const view of all.filter((each) => mayVote(each) === 'a')) {
      const me = view.members.find(({ name }) => name === view.me);
      expect(me).toMatchObject({ log: 200, epoch: 3 });
      expect(view.leaderSize).toBe(view.size);
    }
  });

  it('after a lost majority make the electorate exactly a majority, of the best copies, all of one mind', () => {
    const byScene = new Map<string, View[]>();
    for (const view of all.filter(({ waited, leaderSize, size }) => waited === PATIENCE && leaderSize === size)) {
      const key = JSON.stringify([view.size, view.members, view.before]);
      byScene.set(key, [...(byScene.get(key) ?? []), view]);
    }
    let scenes = 0;
    for (const scene of byScene.values()) {
      const chosen = [...new Set(scene.filter((view) => mayVote(view) === 'c').map(({ me }) => me))];
      if (chosen.length === 0) continue;
      scenes++;
      const { members, size } = scene[0];
      const voters = members.filter(({ learner }) => !learner);
      expect(members).toHaveLength(size);
      expect(voters.length + chosen.length).toBe(Math.floor(size / 2) + 1);
      const better = (x: Member, y: Member) => x.epoch - y.epoch || x.log - y.log;
      const taken = members.filter(({ name }) => chosen.includes(name));
      const left = members.filter(({ name, learner }) => learner && !chosen.includes(name));
      for (const one of taken) for (const other of left) expect(better(one, other)).toBeGreaterThanOrEqual(0);
    }
    expect(scenes).toBeGreaterThan(100);
  });
});
