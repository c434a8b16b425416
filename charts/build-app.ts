import { App } from 'cdk8s';
import { KillsChart, LoadChart } from './benchmark-charts';
import { EventStoreChart } from './eventstore-chart';
import { FrontendChart } from './frontend-chart';
import { MonitoringChart } from './monitoring-chart';
import { NamespaceChart } from './namespace-chart';
import type { GeneratorOptions } from './options';

/** The ids of the charts, which are the names of their files: kubectl applies them in this order. */
export const CHARTS = ['00-namespace', '10-eventstore', '20-frontend', '30-monitoring'] as const;

/** Charts that are never applied with the others: what they hold starts at once. */
export const BENCHMARK_CHARTS = ['benchmark-load', 'benchmark-kills'] as const;

/** The app of one cluster. Many clusters are many apps: cdk8s walks the whole tree once for every chart. */
export function buildApp(options: GeneratorOptions): App {
  const app = new App();
  const [namespace, eventstore, frontend, monitoring] = CHARTS;
  new NamespaceChart(app, namespace, options);
  const { cluster } = new EventStoreChart(app, eventstore, options);
  const door = options.frontend ? new FrontendChart(app, frontend, cluster, options).frontend : undefined;
  const watch = options.monitoring === 'none' ? undefined : new MonitoringChart(app, monitoring, cluster, options);
  if (options.benchmark) {
    const [load, kills] = BENCHMARK_CHARTS;
    const { loadTest } = new LoadChart(
      app,
      load,
      { cluster, frontend: door, monitoring: watch?.stack },
      options,
      options.benchmark,
    );
    if (options.benchmark.kills) new KillsChart(app, kills, loadTest, options, options.benchmark.kills);
  }
  return app;
}
