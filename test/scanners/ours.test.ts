import { beforeAll, describe, expect, it } from 'vitest';
import { readExceptions } from '../../scripts/scan/exceptions';
import { describeFinding } from '../../scripts/scan/finding';
import { EXCEPTIONS, SCHEMAS } from '../../scripts/scan/main';
import { describeException, describeMaterial, describeRuns } from '../../scripts/scan/report';
import { type Report, scan } from '../../scripts/scan/scan';
import { SCANNERS } from '../../scripts/scan/scanners';
import { needs } from '../tools/tools';
import { ours } from './material';

const material = ours();

describe('what this project writes', () => {
  it('is all of it here: dist/, the goldens and the scripts for Azure', () => {
    const names = material.sets.map(({ name }) => name);
    expect(names).toContain('dist');
    expect(names.filter((name) => name.includes('golden')).length).toBeGreaterThan(25);
    expect(material.scripts.size).toBeGreaterThan(0);
    expect(material.unreadable).toEqual([]);
  });

  it('does not tell a scanner to look away, but for two rules that start.sh names and gives reasons for', () => {
    const silent =
      /kube-score\/ignore|checkov[.:]\S*skip|yamllint disable|gixy:ignore|shellcheck (?:disable|source)=\S+/g;
    const said = [...material.files.values(), ...material.scripts.values()].flatMap((text) => text.match(silent) ?? []);
    expect([...new Set(said)]).toEqual(['shellcheck disable=SC2015,SC2086']);
  });
});

describe.skipIf(needs(...SCANNERS.flatMap((scanner) => scanner.needs)))('the scanners over all of it', () => {
  let report: Report;
  beforeAll(async () => {
    report = await scan(material, { exceptions: readExceptions(EXCEPTIONS), schemas: [SCHEMAS] });
    console.log(`${describeMaterial(material)}\n${describeRuns(report)}`);
  }, 600_000);

  it.each(SCANNERS.map(({ name }) => name))('%s looked at something and finds nothing but what is meant', (name) => {
    expect(report.runs.find(({ scanner }) => scanner === name)?.looked).toMatch(/^[1-9]/);
    expect(report.left.filter(({ tool }) => tool === name).map(describeFinding)).toEqual([]);
  });

  it('find every exception needed', () => {
    expect(report.needless.map(describeException)).toEqual([]);
  });

  it('leave nothing over', () => {
    expect(report.left.map(describeFinding)).toEqual([]);
  });
});
