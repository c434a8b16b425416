import { DATABASE, influxdbUrl } from './parts';
import { INTERVAL_SECONDS } from './telegraf-config';

/** What dashboards call their data source. */
export const DATASOURCE_UID = 'eventstore';
export const DATASOURCES_FILE = 'datasources.yaml';
export const PROVIDERS_FILE = 'dashboards.yaml';
/** Where Grafana finds the dashboards in its pod. */
export const DASHBOARDS_FOLDER = '/etc/monitoring/dashboards';

/** The files that Grafana reads at start: where the figures are, and where the dashboards. */
export function provisioning(stack: string, namespace: string): Record<string, string> {
  return {
    [DATASOURCES_FILE]: `apiVersion: 1
prune: true
datasources:
  - name: InfluxDB
    uid: ${DATASOURCE_UID}
    type: influxdb
    access: proxy
    url: ${influxdbUrl(stack, namespace)}
    isDefault: true
    editable: false
    jsonData:
      dbName: ${DATABASE}
      httpMode: POST
      timeInterval: ${INTERVAL_SECONDS}s
`,
    [PROVIDERS_FILE]: `apiVersion: 1
providers:
  - name: eventstore
    type: file
    folder: EventStore
    folderUid: eventstore
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 30
    options:
      path: ${DASHBOARDS_FOLDER}
`,
  };
}
