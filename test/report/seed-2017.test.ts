import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { it } from './workshop';

const FIXTURES = join(__dirname, 'fixtures-2017');
const VARIANTS = ['pod', 'azurefile'].map((name) => `${name}=${join(FIXTURES, name)}`);

describe('the comparison of 2017, from its text summaries', () => {
  it('comes to the ratios that its figures have, and to no more', async ({ shop }) => {
    const report = await shop.again(...VARIANTS);
    expect(report.code).toBe(2);
    for (const [users, ratio] of [
      [10, '1.25×'],
      [100, '1.27×'],
      [1000, '1.13×'],
      [500, '1.03×'],
    ]) {
      const sentence = new RegExp(`At ${users} users, pod served ${ratio} the requests of azurefile: .*inconclusive`);
      expect(report.markdown).toMatch(sentence);
      expect(report.html).toMatch(sentence);
    }
    // what its prose claimed
    expect(report.markdown).not.toMatch(/33 ?%|azurefile is ahead/);
  });

  it('says that the runs at 1000 users lasted 120 s', async ({ shop }) => {
    const report = await shop.again(...VARIANTS);
    expect(report.markdown).toContain('The runs at 1000 users lasted 120 s.');
    expect(report.html).toContain('The runs at 1000 users lasted 120 s.');
    const seconds = report.table('requests/s').map((row) => row.seconds);
    expect(seconds).toEqual(['300', '300', '300', '300', '300', '300', '120', '120']);
  });

  it('says what 2017 did not: one run each, no warm-up, a client at its limit, no ledger', async ({ shop }) => {
    const { verdict, markdown } = await shop.again(...VARIANTS);
    expect(verdict).toMatch(/^UNKNOWN: .*text summary has no ledger \(8 runs\)/);
    expect(markdown).toMatch(/One run only of at least one variant at every load/);
    expect(markdown).toMatch(/No run has a warm-up/);
    expect(markdown).toMatch(/pod at 1000 users, .*: on average 753\.0 of 1000 users waited/);
    expect(markdown).toMatch(/pod: from 500 to 1000 users requests went from 877\.9\/s to 866\.6\/s/);
    expect(markdown).not.toContain('🟢');
  });

  it('has its failures from the checks', async ({ shop }) => {
    const report = await shop.again(...VARIANTS);
    expect(report.table('requests/s').map((row) => row.failed)).toEqual([
      '0 (0 %)',
      '6 (0.009 %)',
      '0 (0 %)',
      '0 (0 %)',
      '449 (0.170 %)',
      '321 (0.125 %)',
      '561 (0.539 %)',
      '1,055 (1.14 %)',
    ]);
  });

  it('ends with 2 on the command line', async ({ shop }) => {
    const { code, stdout, stderr } = await shop.run(...VARIANTS.flatMap((variant) => ['--variant', variant]));
    expect([code, stderr]).toEqual([2, '']);
    expect(stdout).toMatch(/^UNKNOWN: /m);
    expect(shop.read('report', 'report.md')).toBe((await shop.again(...VARIANTS)).markdown);
  });
});
