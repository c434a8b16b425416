import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Database, type DatabaseOptions } from '../benchmark/database';
import { cli } from '../benchmark/results';
import { needs } from '../tools/tools';
import { Workshop } from './workshop';

/** A short load of real k6 on doubles of the server behind real nginx, then what the report says of it. */
async function reportOn(
  options: DatabaseOptions,
  then: (shop: Workshop, database: Database) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'es-report-'));
  const database = await Database.start(options);
  try {
    const load = ['--users', '8', '--duration', '5s', '--warmup', '1s', '--out', join(folder, 'pod')];
    const { code, stdout, stderr } = await cli(
      'bench',
      '--url',
      database.url,
      '--members',
      database.memberList,
      ...load,
    );
    if (code !== 0) throw new Error(`bench ended with ${code}: ${stdout}${stderr}`);
    await then(new Workshop(folder), database);
  } finally {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(needs('k6', 'nginx'))('the report on a run of real k6', { timeout: 180_000 }, () => {
  it('has as many acknowledged appends as the servers acknowledged, and proves that all are there', async () => {
    await reportOn({}, async (shop, database) => {
      const report = await shop.again(`pod=${join(shop.folder, 'pod')}`);
      const { ledger, client, operations, latency } = report.results.cells[0].variants[0].runs[0];
      expect(ledger.acknowledged).toBe(await database.acknowledged());
      expect(ledger).toMatchObject({ verdict: 'PROVEN', doubts: [] });
      expect(ledger.columns.map(({ source }: { source: string }) => source)).toEqual([
        'leader',
        'es-1',
        'es-2',
        'es-3',
      ]);
      expect(report.code).toBe(0);
      // eight users that wait for answers
      expect(client.inFlight).toBeGreaterThan(2);
      expect(client.inFlight).toBeLessThan(8.5);
      expect(Object.keys(operations)).toEqual(['create', 'append', 'read stream', 'read event']);
      expect(latency.p99).toBeGreaterThanOrEqual(latency.p50);
      expect(report.markdown).not.toContain('NaN');
    });
  });

  it('names what a lying server lost', async () => {
    await reportOn({ faults: 'drop=1/100' }, async (shop, database) => {
      const report = await shop.again(`pod=${join(shop.folder, 'pod')}`);
      const planted = await database.planted('drop');
      expect(planted.length).toBeGreaterThan(0);
      const { ledger } = report.results.cells[0].variants[0].runs[0];
      expect([report.code, ledger.verdict, ledger.columns[0].lost]).toEqual([1, 'LOST', planted.length]);
      const named = ledger.faults
        .filter(({ source, fault }: { source: string; fault: string }) => source === 'leader' && fault === 'lost')
        .map(({ stream, event }: { stream: string; event: string }) => `${stream} ${event}`);
      expect(named.sort()).toEqual(planted.map(({ stream, event }) => `${stream} ${event}`).sort());
    });
  });
});
