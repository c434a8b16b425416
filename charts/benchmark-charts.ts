import { Chart, Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { LoadTest, LoadTestDoor, type LoadTestProps, LoadTestReads, LoadTestResults, PodKill, PodKiller } from '../lib';
import type { BenchmarkOptions, GeneratorOptions } from './options';

/** The load. */
export class LoadChart extends Chart {
  public readonly loadTest: LoadTest;

  constructor(
    scope: Construct,
    id: string,
    parts: Pick<LoadTestProps, 'cluster' | 'frontend' | 'monitoring'>,
    options: GeneratorOptions,
    benchmark: BenchmarkOptions,
  ) {
    super(scope, id, { namespace: options.namespace });
    const { users, rate, generators, events, retries } = benchmark;
    this.loadTest = new LoadTest(this, 'load', {
      ...parts,
      door: benchmark.door && DOORS[benchmark.door],
      reads: benchmark.reads === 'leader' ? LoadTestReads.LEADER : LoadTestReads.ANY,
      results: results(benchmark),
      variant: benchmark.variant ?? options.storage,
      duration: seconds(benchmark.duration),
      warmup: seconds(benchmark.warmup),
      requestTimeout: seconds(benchmark.timeout),
      ...{ users, rate, generators, events, retries },
    });
  }
}

/** The pods that die meanwhile. */
export class KillsChart extends Chart {
  constructor(
    scope: Construct,
    id: string,
    loadTest: LoadTest,
    options: GeneratorOptions,
    kills: NonNullable<BenchmarkOptions['kills']>,
  ) {
    super(scope, id, { namespace: options.namespace });
    new PodKiller(this, 'kills', {
      loadTest,
      kills: kills.map(({ at, victim }, index) => {
        const time = Duration.seconds(at);
        if (typeof victim === 'number') return PodKill.member(time, victim);
        const turn = index % 2 === 0 && options.nodes > 1 ? 'follower' : 'leader';
        return (victim ?? turn) === 'leader' ? PodKill.leader(time) : PodKill.follower(time);
      }),
    });
  }
}

const DOORS = { frontend: LoadTestDoor.FRONTEND, service: LoadTestDoor.SERVICE, leader: LoadTestDoor.LEADER };

function seconds(given: number | undefined): Duration | undefined {
  return given === undefined ? undefined : Duration.seconds(given);
}

function results({ results: given }: BenchmarkOptions): LoadTestResults {
  if (typeof given === 'object') return LoadTestResults.claim(given.claim);
  return given === 'log' ? LoadTestResults.log() : LoadTestResults.pod();
}
