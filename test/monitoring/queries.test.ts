import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetsOf } from '../../lib/monitoring/dashboards';
import { BENCHMARK } from '../../lib/monitoring/dashboards/benchmark';
import { EVENTSTORE } from '../../lib/monitoring/dashboards/eventstore';
import type { Source } from '../../lib/monitoring/dashboards/metric';
import { type DashboardDefinition, type Panel, panelsOf, type Variable } from '../../lib/monitoring/dashboards/panel';
import { PODS } from '../../lib/monitoring/dashboards/pods';
import { freePorts } from '../ports';
import { needs } from '../tools/tools';
import { LINES, servePages } from './pages';
import { influxConfig, Programs, prometheusConfig, telegrafConf } from './programs';

/** Seconds of a step of the pictures: each holds several scrapes. */
const STEP = 2;
/** How many steps rates are looked at for. */
const STEPS = 6;
/** How long a busy machine gets for them. */
const PATIENCE_SECONDS = 90;

interface InfluxAnswer {
  readonly error?: string;
  readonly results: {
    readonly error?: string;
    readonly series?: { readonly tags?: Record<string, string>; readonly values: (number | null)[][] }[];
  }[];
}

interface PrometheusAnswer {
  readonly error?: string;
  readonly data: {
    readonly result: { readonly metric: Record<string, string>; readonly values: [number, string][] }[];
  };
}

/** A series of an answer. */
interface Series {
  readonly labels: Record<string, string>;
  readonly values: number[];
}

describe.skipIf(needs('influxd', 'telegraf', 'prometheus', 'k6'))('every query of every panel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'monitoring-'));
  const programs = new Programs(folder);
  let pages: Server;
  let influx: string;
  let prometheus: string;

  beforeAll(async () => {
    const { port, server } = await servePages();
    pages = server;
    const [influxPort, rpcPort, prometheusPort] = await freePorts(3);
    influx = `http://127.0.0.1:${influxPort}`;
    prometheus = `http://127.0.0.1:${prometheusPort}`;
    programs.start('influxd', ['-config', influxConfig(folder, influxPort, rpcPort)]);
    programs.start('prometheus', [
      `--config.file=${prometheusConfig(folder, port)}`,
      `--storage.tsdb.path=${folder}/prometheus`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--web.enable-remote-write-receiver',
    ]);
    await Promise.all([answers(`${influx}/ping`), answers(`${prometheus}/-/ready`)]);
    await fetch(`${influx}/query?q=CREATE%20DATABASE%20k8s`, { method: 'POST' });
    programs.start('telegraf', ['--config', await telegrafConf(folder, port, influxPort)]);
    programs.start(
      'k6',
      [
        'run',
        '--quiet',
        '-o',
        `influxdb=${influx}/k8s`,
        '-o',
        'experimental-prometheus-rw',
        join(__dirname, 'load.js'),
      ],
      {
        TARGET: `http://127.0.0.1:${port}/`,
        SECONDS: '300',
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        K6_PROMETHEUS_RW_SERVER_URL: `${prometheus}/api/v1/write`,
        K6_PROMETHEUS_RW_TREND_STATS: 'p(50),p(95),p(99)',
        K6_PROMETHEUS_RW_PUSH_INTERVAL: '1s',
        K6_INFLUXDB_PUSH_INTERVAL: '1s',
      },
    );
    await fetch(`${influx}/write?db=k8s`, { method: 'POST', body: 'kills,pod=es-1 text="es-1 was killed"' });
    await settled();
  }, 150_000);

  afterAll(async () => {
    await programs.stop();
    pages?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(['influxql', 'promql'] as const)('in %s', (source) => {
    const empty = async (dashboard: DashboardDefinition, line: string) => {
      const cluster = `line-${line}`;
      const asked = panelsOf(dashboard).flatMap((panel) =>
        targetsOf(panel, { source, metrics: [LINES[line].family] }).map(async ({ text }) => {
          const series = await ask(source, text, cluster);
          return series.some(({ values }) => values.some(Number.isFinite)) ? [] : [panel.title];
        }),
      );
      return (await Promise.all(asked)).flat();
    };

    it.each(Object.keys(LINES))('about the database answers on release line %s', async (line) => {
      const without = panelsOf(EVENTSTORE).filter(({ since }) => since !== undefined && line < since);
      // what the line lacks must be empty there, or the panel's word about it is wrong
      expect(await empty(EVENTSTORE, line)).toEqual(without.map(({ title }) => title));
    });

    it('about pods and machines answers', async () => {
      expect(await empty(PODS, '26.0')).toEqual([]);
    });

    it('about the load answers', async () => {
      expect(await empty(BENCHMARK, '26.0')).toEqual([]);
    });

    it('says of a member the role that it has, not those that it had', async () => {
      const roles = async (line: string) =>
        (await panel('Roles', line)).map(({ labels }) => `${labels.member ?? labels.pod} ${labels.status}`).sort();
      expect(await roles('25.1')).toEqual(['es-1 Leader', 'es-2 Follower', 'es-3 Follower']);
      expect(await roles('23.10')).toEqual(['es-1 Leader']);
    });

    it('counts one leader of each cluster', async () => {
      const [leaders, ...more] = await panel('Leaders', '26.0');
      expect(new Set(leaders.values)).toEqual(new Set([1]));
      expect(more).toEqual([]);
    });

    it('finds the same share, lag and rate as the pages have', async () => {
      expect((await panel('Disk used', '26.1'))[0].values.at(-1)).toBeCloseTo(1 / 16);
      expect((await panel('Index lag', '26.1'))[0].values.at(-1)).toBe(263);
      expect((await panel('Persistent subscriptions: lag', '26.0'))[0].values.at(-1)).toBe(25);
      // 320 events on the page grow by 2 % and one a second: 7.4, and a scrape more or less falls into a step
      const written = (await panel('Events written', '26.1'))[0].values.slice(1, -1);
      for (const rate of written.slice(-3)) expect(rate).toBeGreaterThan(5);
      for (const rate of written) expect(rate).toBeLessThan(10);
    });

    it('gives durations of the load in milliseconds', async () => {
      const [median] = await panel('Request duration', '26.0', BENCHMARK);
      // the stand-in answers in a millisecond or so; thousands of seconds or thousandths would be far off
      expect(Math.max(...median.values)).toBeGreaterThan(0.05);
      expect(Math.max(...median.values)).toBeLessThan(1000);
    });

    it('offers the namespaces and clusters to choose from', async () => {
      const offered = async ({ choices }: Variable) => choose(source, choices[source]);
      expect(await offered(PODS.variables[0])).toEqual(['eventstore']);
      expect(await offered(EVENTSTORE.variables[0])).toEqual(['eventstore']);
      expect(await offered(EVENTSTORE.variables[1])).toEqual(Object.keys(LINES).map((line) => `line-${line}`));
    });

    it('marks the killed pod', async () => {
      const [kill] = await ask(source, BENCHMARK.marks![0].query[source], '');
      expect(source === 'influxql' ? kill.values : kill.labels.pod).toEqual(
        source === 'influxql' ? ['es-1 was killed'] : 'es-1',
      );
    });

    async function panel(title: string, line: string, dashboard = EVENTSTORE): Promise<Series[]> {
      const found = panelsOf(dashboard).find((one) => one.title === title)!;
      const [target] = targetsOf(found, { source, metrics: [LINES[line].family] });
      return ask(source, target.text, `line-${line}`);
    }
  });

  /** Until enough of the database's, the pods' and the load's figures are there, in both. */
  async function settled(): Promise<void> {
    const looked = [EVENTSTORE, PODS, BENCHMARK].map((dashboard) => panelsOf(dashboard).find(isRate)!);
    for (let second = 0; second < PATIENCE_SECONDS; second++) {
      const counts = await Promise.all(
        (['influxql', 'promql'] as const).flatMap((source) =>
          looked.map(async (one) => {
            const [target] = targetsOf(one, { source, metrics: [LINES['26.1'].family] });
            const series = await ask(source, target.text, 'line-26.1');
            return Math.max(0, ...series.map(({ values }) => values.length));
          }),
        ),
      );
      if (Math.min(...counts) >= STEPS - 1) return;
      await wait(1000);
    }
    throw new Error(`no figures after ${PATIENCE_SECONDS} s: ${programs.said('telegraf').slice(-2000)}`);
  }

  /** Asks the real program, with Grafana's variables as Grafana would fill them in. */
  async function ask(source: Source, query: string, cluster: string): Promise<Series[]> {
    const text = query
      .replaceAll('$timeFilter', 'time > now() - 1m')
      .replaceAll('$__interval_ms', String(STEP * 1000))
      .replaceAll('$__interval', `${STEP}s`)
      .replaceAll('$__rate_interval', `${4 * STEP}s`)
      .replaceAll('$namespace', 'eventstore')
      .replaceAll('$cluster', cluster);
    return source === 'influxql' ? askInflux(text) : askPrometheus(text);
  }

  async function askInflux(query: string): Promise<Series[]> {
    const answer = await fetch(`${influx}/query`, {
      method: 'POST',
      body: new URLSearchParams({ db: 'k8s', q: query }),
    });
    const { results, error } = (await answer.json()) as InfluxAnswer;
    if (error || results[0].error) throw new Error(`${error ?? results[0].error}: ${query}`);
    return (results[0].series ?? []).map((series) => ({
      labels: series.tags ?? {},
      values: series.values.map(([, value]) => value).filter((value) => value !== null),
    }));
  }

  /** What a variable of a dashboard offers. */
  async function choose(source: Source, query: string): Promise<unknown[]> {
    if (source === 'influxql') {
      const columns = await ask(source, query, '');
      return [...new Set(columns.flatMap(({ values }) => values))].sort();
    }
    // Grafana's own function; it asks Prometheus for the label's values
    const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query)!;
    const match = new URLSearchParams({ 'match[]': selector.replaceAll('$namespace', 'eventstore') });
    const answer = await fetch(`${prometheus}/api/v1/label/${label}/values?${match}`);
    return ((await answer.json()) as { data: string[] }).data;
  }

  async function askPrometheus(query: string): Promise<Series[]> {
    const end = Date.now() / 1000;
    const parameters = new URLSearchParams({
      query,
      start: String(end - STEPS * STEP),
      end: String(end),
      step: String(STEP),
    });
    const answer = await fetch(`${prometheus}/api/v1/query_range`, { method: 'POST', body: parameters });
    const { data, error } = (await answer.json()) as PrometheusAnswer;
    if (error) throw new Error(`${error}: ${query}`);
    return data.result.map((series) => ({
      labels: series.metric,
      values: series.values.map(([, value]) => Number(value)),
    }));
  }
});

function isRate({ queries }: Panel): boolean {
  return Object.values(queries[0].operands).every(({ read }) => read === 'rate');
}

/** Waits for a 2xx, half a minute at most. */
async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await wait(200);
  }
  throw new Error(`no answer from ${url}`);
}
