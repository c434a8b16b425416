import type { Duration, Size } from 'cdk8s';
import type { EventStoreCluster } from '../eventstore/cluster';
import type { NginxFrontend } from '../frontend/nginx-frontend';
import type { MonitoringStack } from '../monitoring/monitoring-stack';

/** Which way the load goes to the members. */
export enum LoadTestDoor {
  /** Through the front end, as clients outside do. */
  FRONTEND = 'frontend',
  /** Through the cluster's own Service, to any member that is ready. */
  SERVICE = 'service',
  /** To the leader alone, which generators ask for and look for again after an error. */
  LEADER = 'leader',
}

/** Whose answer a read asks for. */
export enum LoadTestReads {
  /** Any member's, which may not have an event yet that was acknowledged a moment ago: a stale read. */
  ANY = 'any',
  /** The leader's. */
  LEADER = 'leader',
}

/** What a generator may use. */
export interface LoadTestResources {
  /**
   * Processors that are reserved, as a Kubernetes quantity.
   *
   * @default '500m'
   */
  readonly cpuRequest?: string;
  /**
   * Processors that may be used, as a Kubernetes quantity. A generator that wants more is the limit of the measurement.
   *
   * @default '4'
   */
  readonly cpuLimit?: string;
  /**
   * Memory that is reserved and may be used.
   *
   * @default - 512 MiB and 4 MiB for every user of a generator
   */
  readonly memory?: Size;
}

/** Where a generator's results go. */
export class LoadTestResults {
  /**
   * To the pod's own disk. The pod waits until they are fetched (`npm run bench:fetch`), or a day.
   */
  public static pod(): LoadTestResults {
    return new LoadTestResults('pod', undefined);
  }

  /**
   * To a claim that exists, in a folder named after the Job's uid. They outlive the pod. Generators on several machines
   * need a claim that all of them can mount (`ReadWriteMany`).
   *
   * @param claimName the PersistentVolumeClaim, in the cluster's namespace
   */
  public static claim(claimName: string): LoadTestResults {
    return new LoadTestResults('claim', claimName);
  }

  /**
   * To the pod's log, and the pod ends. For short loads only: a machine keeps about 10 MB of a log, which is some 70,000
   * requests; what is missing is noticed when they are fetched.
   */
  public static log(): LoadTestResults {
    return new LoadTestResults('log', undefined);
  }

  private constructor(
    /** @internal */
    public readonly _kind: 'pod' | 'claim' | 'log',
    /** @internal */
    public readonly _claimName: string | undefined,
  ) {}
}

/** Properties of `LoadTest`. */
export interface LoadTestProps {
  /** The cluster under load. It needs `settings.atomPub`, which is on by default. */
  readonly cluster: EventStoreCluster;
  /**
   * Its front end.
   *
   * @default - none
   */
  readonly frontend?: NginxFrontend;
  /**
   * The monitoring whose *Benchmark* dashboard shows the load meanwhile: k6 then writes its figures to that InfluxDB too,
   * and a `PodKiller` of this load its marks. Throws ES504 where they are not kept for as long as the load runs, ES507
   * where InfluxDB does not let the load's namespace in.
   *
   * @default - none: figures are in the results alone
   */
  readonly monitoring?: MonitoringStack;
  /**
   * Which way the load goes.
   *
   * @default LoadTestDoor.FRONTEND where there is one, else LoadTestDoor.SERVICE
   */
  readonly door?: LoadTestDoor;
  /**
   * What its Job and all else is named.
   *
   * @default - the cluster's name and `-bench`
   */
  readonly name?: string;
  /**
   * What the report calls this side of a comparison.
   *
   * @default - the cluster's name
   */
  readonly variant?: string;
  /**
   * Users who each wait for their answers (the closed model, as in 2017). With `rate`, the most that may be busy.
   *
   * @default 100
   */
  readonly users?: number;
  /**
   * Iterations to start in a second, whether or not earlier ones have ended (the open model). An iteration with ten
   * events is 21 requests.
   *
   * @default - the closed model
   */
  readonly rate?: number;
  /**
   * How long is measured.
   *
   * @default Duration.minutes(5)
   */
  readonly duration?: Duration;
  /**
   * How long the load runs before that, without being counted.
   *
   * @default Duration.seconds(60)
   */
  readonly warmup?: Duration;
  /**
   * How many pods share the users, each with an equal part. They start at the same moment.
   *
   * @default 1
   */
  readonly generators?: number;
  /**
   * Events of a stream, 1 to 100: appended one by one, then the stream is read and each event.
   *
   * @default 10
   */
  readonly events?: number;
  /**
   * Whose answer reads ask for.
   *
   * @default LoadTestReads.ANY
   */
  readonly reads?: LoadTestReads;
  /**
   * How often an append is repeated that failed without a clear answer, 0 to 10. Appends then carry an expected version,
   * without which the database may store a repetition twice.
   *
   * @default 0
   */
  readonly retries?: number;
  /**
   * After which time a request is given up.
   *
   * @default Duration.seconds(10)
   */
  readonly requestTimeout?: Duration;
  /**
   * Where results go.
   *
   * @default LoadTestResults.pod()
   */
  readonly results?: LoadTestResults;
  /**
   * A Secret in the cluster's namespace with `username` and `password` of a user of the database. A secure cluster
   * needs it.
   *
   * @default - none
   */
  readonly credentialsSecretName?: string;
  /**
   * The image with k6 and a shell.
   *
   * @default 'docker.io/grafana/k6:2.2.0', the version that the tests run
   */
  readonly image?: string;
  /**
   * What a generator may use.
   *
   * @default - see LoadTestResources
   */
  readonly resources?: LoadTestResources;
  /**
   * Labels of the machines that generators may run on: apart from the database's, they measure it and not each other.
   *
   * @default - any machine, rather not one with a member
   */
  readonly nodeSelector?: { [label: string]: string };
}
