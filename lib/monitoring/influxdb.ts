import type { ApiObject, Size } from 'cdk8s';
import { Construct } from 'constructs';
import { resources } from '../kubernetes/hardening';
import * as k8s from '../kubernetes/k8s';
import { podsIn, tcp } from '../kubernetes/network';
import { namespaced } from '../kubernetes/objects';
import { pod } from '../kubernetes/pod';
import { sizeText } from '../kubernetes/quantity';
import { DATABASE, deployment, INFLUXDB_PORT, networkPolicy, type Part, serviceAccount, writerLabels } from './parts';

const IMAGE = 'docker.io/library/influxdb:1.12.4';
/** Not the image's own, 1500: nothing in it belongs to that one but the folder that the volume covers. */
const USER = 10001;
const DATA_FOLDER = '/var/lib/influxdb';
const MINUTES_PER_DAY = 24 * 60;

/** What InfluxDB is made from. */
export interface InfluxdbProps {
  readonly part: Part;
  /** selectors of the pods that write and read, beside those with the writers' label */
  readonly clients: { [key: string]: string }[];
  /** namespaces of writers */
  readonly namespaces: string[];
  readonly retentionMinutes: number;
  readonly storageClassName?: string;
  readonly size: Size;
  readonly image?: string;
}

/** InfluxDB 1.x, which keeps the figures. It has no users: its NetworkPolicy says who comes in. */
export class Influxdb extends Construct {
  public readonly deployment: ApiObject;
  public readonly service: ApiObject;
  public readonly claim?: ApiObject;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: InfluxdbProps,
  ) {
    super(scope, id);
    const { part } = props;
    serviceAccount(this, part);
    this.makeNetworkPolicy();
    if (props.storageClassName !== undefined) this.claim = this.makeClaim(props.storageClassName);
    // never two on one volume
    this.deployment = deployment(this, part, this.pod(), 'Recreate');
    this.service = this.makeService();
  }

  private makeNetworkPolicy(): void {
    const { part, clients, namespaces } = this.props;
    networkPolicy(this, part, {
      ingress: [
        {
          from: [
            ...clients.map((matchLabels) => ({ podSelector: { matchLabels } })),
            ...namespaces.map((namespace) => podsIn(namespace, writerLabels(part.stack))),
          ],
          ports: tcp(INFLUXDB_PORT),
        },
      ],
    });
  }

  private makeClaim(storageClassName: string): ApiObject {
    const { part, size } = this.props;
    return namespaced(
      this,
      'Claim',
      k8s.KubePersistentVolumeClaim.manifest({
        metadata: part.metadata(),
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName,
          resources: { requests: { storage: k8s.Quantity.fromString(sizeText(size)) } },
        },
      }),
    );
  }

  private makeService(): ApiObject {
    const { part } = this.props;
    return namespaced(
      this,
      'Service',
      k8s.KubeService.manifest({
        metadata: part.metadata(),
        spec: { selector: part.selector, ports: [{ name: 'http', port: INFLUXDB_PORT }] },
      }),
    );
  }

  private pod(): k8s.PodTemplateSpec {
    const { part, size, image } = this.props;
    const port = k8s.IntOrString.fromNumber(INFLUXDB_PORT);
    const ping = { httpGet: { path: '/ping', port }, timeoutSeconds: 5 };
    const onPodDisk = this.claim ? 0 : size.toMebibytes();
    return pod({
      labels: part.labels,
      serviceAccount: part.name,
      user: USER,
      group: USER,
      // it writes what it has in memory to the disk
      spec: { terminationGracePeriodSeconds: 60 },
      container: {
        name: 'influxdb',
        image: image ?? IMAGE,
        // not the image's entry point: it would make a database without retention, and only once
        command: ['influxd'],
        env: environment(),
        ports: [{ name: 'http', containerPort: INFLUXDB_PORT }],
        lifecycle: { postStart: { exec: { command: ['/bin/sh', '-c', prepare(this.props.retentionMinutes)] } } },
        // opening a large database takes its time
        startupProbe: { ...ping, periodSeconds: 2, failureThreshold: 300 },
        // alive is whoever takes a connection: a slow answer under load is no reason for a restart
        livenessProbe: { tcpSocket: { port }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
        readinessProbe: { ...ping, periodSeconds: 5, failureThreshold: 2 },
        resources: resources(
          { cpu: '100m', memory: '256Mi', 'ephemeral-storage': `${onPodDisk + 32}Mi` },
          { cpu: '2', memory: '2Gi', 'ephemeral-storage': `${onPodDisk + 256}Mi` },
        ),
        volumeMounts: [{ name: 'data', mountPath: DATA_FOLDER }],
      },
      volumes: [
        {
          name: 'data',
          ...(this.claim
            ? { persistentVolumeClaim: { claimName: this.claim.name } }
            : { emptyDir: { sizeLimit: k8s.Quantity.fromString(sizeText(size)) } }),
        },
      ],
    });
  }
}

function environment(): k8s.EnvVar[] {
  const values = {
    INFLUXDB_META_DIR: `${DATA_FOLDER}/meta`,
    INFLUXDB_DATA_DIR: `${DATA_FOLDER}/data`,
    INFLUXDB_DATA_WAL_DIR: `${DATA_FOLDER}/wal`,
    // nothing is told to the vendor, nothing kept about itself, no line for every request
    INFLUXDB_REPORTING_DISABLED: 'true',
    INFLUXDB_MONITOR_STORE_ENABLED: 'false',
    INFLUXDB_HTTP_LOG_ENABLED: 'false',
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/**
 * Makes the database and sets how long it keeps figures, at every start, so that a changed retention counts. The policy
 * is called as heapster calls it, which knows no other, and its shards are of the length that InfluxDB itself would
 * choose: with others it refuses to be asked for the database a second time.
 */
function prepare(retentionMinutes: number): string {
  const days = retentionMinutes / MINUTES_PER_DAY;
  const shard = days < 2 ? '1h' : days < 180 ? '1d' : '7d';
  return [
    `tries=300`,
    `until influx -execute 'SHOW DATABASES' >/dev/null 2>&1; do`,
    `  tries=$((tries - 1)); [ "$tries" -gt 0 ] || exit 1; sleep 1`,
    `done`,
    `influx -execute 'CREATE DATABASE "${DATABASE}" WITH NAME "default"' &&`,
    `  influx -execute 'ALTER RETENTION POLICY "default" ON "${DATABASE}" DURATION ${inInflux(retentionMinutes)} SHARD DURATION ${shard} DEFAULT'`,
    '',
  ].join('\n');
}

/** A duration as InfluxDB writes it, in the largest unit that has no rest. */
function inInflux(minutes: number): string {
  if (minutes % MINUTES_PER_DAY === 0) return `${minutes / MINUTES_PER_DAY}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
