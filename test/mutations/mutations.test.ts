import { describe, expect, it } from 'vitest';
import { checkManifests } from '../contracts';
import type { Manifest } from '../helpers';
import { needs } from '../tools/tools';
import { misbehaviour } from './behaviour';
import type { Mutation } from './mutation';
import { SCENARIOS } from './scenarios';
import { Stage } from './stage';
import { SURVIVORS } from './survivors';
import { CONFIGURATIONS, changedLines, changedPlaces, withoutLines, withoutObjects } from './systematic';
import { TABLE } from './table';
import { configOf, table, tryAll, type Verdict } from './trial';

const named = (verdicts: Verdict[]) => verdicts.filter((v) => !v.caughtBy).map(({ mutation }) => mutation.name);
const explained = (name: string) => SURVIVORS.some((survivor) => survivor.name.test(name));

describe.skipIf(needs('nginx'))('a change by hand does not pass unnoticed', () => {
  const all: Verdict[] = [];

  it.each(Object.keys(SCENARIOS))('without one, %s is right', async (scenario) => {
    const manifests = SCENARIOS[scenario]();
    expect(checkManifests(manifests)).toEqual([]);
    const text = configOf(manifests);
    const stage = await Stage.open(text);
    expect(await misbehaviour(stage, text)).toBeUndefined();
    await stage.close();
  });

  it('those that somebody thought of', async () => {
    const verdicts: Verdict[] = [];
    for (const [scenario, make] of Object.entries(SCENARIOS)) {
      const mutations = TABLE.filter((mutation) => mutation.scenario === scenario);
      verdicts.push(...(await tryAll(make(), mutations)));
    }
    console.info(`${verdicts.length} mutations by name\n${table(verdicts)}`);
    expect(verdicts.length).toBe(TABLE.length);
    expect(named(verdicts)).toEqual([]);
  });

  it('every value, every part, every object and every line, one at a time', async () => {
    const tried = new Set<string>();
    for (const make of Object.values(SCENARIOS)) {
      const manifests = make();
      const mutations = everyOne(manifests).filter(({ name }) => !tried.has(name));
      for (const { name } of mutations) tried.add(name);
      all.push(...(await tryAll(manifests, mutations)));
    }
    const survivors = named(all);
    const unexplained = survivors.filter((name) => !explained(name));
    console.info(`${all.length} mutations by rule\n${table(all)}`);
    console.info(`survivors, explained:\n${survivors.filter(explained).join('\n')}`);
    expect(unexplained).toEqual([]);
    const stale = SURVIVORS.filter(({ name }) => !survivors.some((survivor) => name.test(survivor)));
    expect(stale).toEqual([]);
  });
});

function everyOne(manifests: readonly Manifest[]): Mutation[] {
  return [
    ...withoutObjects(manifests),
    ...changedPlaces(manifests),
    ...withoutLines(manifests, 'start.sh'),
    ...['nginx.conf', ...CONFIGURATIONS].flatMap((file) => withoutLines(manifests, file)),
    ...['nginx.conf', ...CONFIGURATIONS].flatMap((file) => changedLines(manifests, file)),
  ];
}
