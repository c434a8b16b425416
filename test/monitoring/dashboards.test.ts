import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type DashboardInput, DEFINITIONS, dashboards } from '../../lib/monitoring/dashboards';
import { panelsOf } from '../../lib/monitoring/dashboards/panel';
import { all, complaints } from '../../scripts/check-dashboards';
import { COPIES, placed } from '../../scripts/crds';
import { frames, TARGET } from '../../scripts/frames';
import { listed, PAGE } from '../../scripts/lists';
import type { Manifest } from '../helpers';

const OLD = { prefix: 'eventstore', total: false };
const NEW = { prefix: 'kurrentdb', total: true };

function made(input: Partial<DashboardInput> = {}): Manifest[] {
  return dashboards({ source: 'influxql', datasourceUid: 'here', metrics: [NEW], ...input }).map(({ json }) =>
    JSON.parse(json),
  );
}

const charts = (dashboard: Manifest): Manifest[] => dashboard.panels.filter(({ type }: Manifest) => type !== 'row');
const texts = (dashboard: Manifest): string[] =>
  charts(dashboard).flatMap(({ targets }) => targets.map((target: Manifest) => target.query ?? target.expr));

describe('the dashboards', () => {
  it('are three, each with a file name, a title and an address of its own', () => {
    const three = dashboards({ source: 'promql', datasourceUid: 'p', metrics: [NEW] });
    expect(three.map(({ name, title }) => `${name}: ${title}`)).toEqual([
      'pods: Pods',
      'eventstore: EventStore',
      'benchmark: Benchmark',
    ]);
    expect(three.map(({ json }) => JSON.parse(json).uid)).toEqual(['es-pods', 'es-eventstore', 'es-benchmark']);
  });

  it('are what the builder makes of the definitions: npm run frames', () => {
    expect(readFileSync(TARGET, 'utf8')).toBe(frames());
  });

  it('are what Grafana’s types describe, and the check sees what is not', () => {
    const written = all();
    const misspelled = written[0].replace('"drawStyle":"line"', '"drawStyle":"lines"');
    expect(misspelled).not.toBe(written[0]);
    expect(complaints([...written, misspelled])).toHaveLength(1);
  });

  it.each(['influxql', 'promql'] as const)('have a question, a unit and queries in every panel, in %s', (source) => {
    for (const dashboard of made({ source })) {
      for (const { description, fieldConfig, targets, datasource } of charts(dashboard)) {
        expect(description).toMatch(/\?/);
        expect(fieldConfig.defaults.unit).toMatch(/./);
        expect(targets.length).toBeGreaterThan(0);
        expect(new Set(targets.map(({ refId }: Manifest) => refId)).size).toBe(targets.length);
        expect(datasource).toEqual({ type: source === 'influxql' ? 'influxdb' : 'prometheus', uid: 'here' });
      }
    }
  });

  it('lay no panel over another, and leave none out', () => {
    made().forEach((dashboard, index) => {
      expect(charts(dashboard).map(({ title }) => title)).toEqual(
        panelsOf(DEFINITIONS[index]).map(({ title }) => title),
      );
      const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }: Manifest) =>
        Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }: Manifest) => x + w))).toBe(24);
    });
  });

  it('follow the names of the releases that are monitored', () => {
    const about = (metrics: DashboardInput['metrics']) => texts(made({ source: 'promql', metrics })[1]).join('\n');
    expect(about([OLD])).toMatch(/eventstore_io_events\{/);
    expect(about([OLD])).not.toMatch(/kurrentdb_|_total/);
    expect(about([NEW])).toMatch(/kurrentdb_io_events_total\{/);
    expect(about([NEW])).not.toMatch(/eventstore_(?!cluster)/);
  });

  it('ask for both names where both kinds of releases are monitored, and once for pods', () => {
    const [pods, eventstore] = made({ metrics: [OLD, NEW, OLD] });
    expect(texts(eventstore)).toHaveLength(2 * texts(made()[1]).length);
    expect(texts(pods)).toEqual(texts(made()[0]));
  });

  it('fit into a ConfigMap that kubectl can apply', () => {
    for (const { json } of dashboards({ source: 'promql', datasourceUid: 'p', metrics: [OLD, NEW] })) {
      expect(json.length).toBeLessThan(100_000);
    }
  });

  it('are listed in docs/monitoring.md with their questions and queries, and the alerts too: npm run frames', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(page).toBe(listed(page));
    for (const title of DEFINITIONS.flatMap(panelsOf).map((panel) => panel.title))
      expect(page).toContain(`**${title}**`);
  });

  it('hold the marks of kills in the benchmark', () => {
    const [mark] = made()[2].annotations.list;
    expect(mark).toMatchObject({ name: 'Kills', enable: true, target: { textColumn: 'text', tagsColumn: 'pod' } });
  });
});

describe('the imported kinds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imports-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are what cdk8s makes of the schemas: npm run import', () => {
    const root = join(__dirname, '../..');
    for (const group of ['monitoring.coreos.com', 'azmonitoring.coreos.com']) {
      execFileSync(
        process.execPath,
        [
          join(root, 'node_modules/.bin/cdk8s'),
          'import',
          `imports/schemas/${group}.yaml`,
          '--no-save',
          '-l',
          'typescript',
          '-o',
          folder,
        ],
        { cwd: root, env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' }, stdio: 'ignore' },
      );
      expect(readFileSync(join(folder, `${group}.ts`), 'utf8')).toBe(
        readFileSync(join(root, 'imports', `${group}.ts`), 'utf8'),
      );
    }
  });

  it('are copied for the library unchanged', () => {
    for (const { from, to } of COPIES) expect(readFileSync(to, 'utf8')).toBe(placed(readFileSync(from, 'utf8')));
  });

  it('differ between the operator and Azure in their group alone', () => {
    const read = (group: string) => readFileSync(join(__dirname, '../../imports', `${group}.ts`), 'utf8');
    const monitor = (group: string) =>
      read(group).split('export interface ServiceMonitorProps')[1]?.replaceAll(group, '');
    const azure = monitor('azmonitoring.coreos.com');
    expect(azure?.length).toBeGreaterThan(1000);
    expect(monitor('monitoring.coreos.com')).toContain(azure);
  });
});
