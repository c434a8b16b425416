import { Duration } from 'cdk8s';
import { EventStoreError } from '../errors';
import { requireSyntax } from '../eventstore/azure-names';
import { requireCpu } from '../eventstore/cluster-rules';
import { LoadTestDoor, type LoadTestProps } from './load-test-props';

/** A load test's numbers, with their defaults. Times are in seconds. */
export interface LoadTestNumbers {
  readonly users: number;
  readonly rate?: number;
  readonly warmup: number;
  readonly duration: number;
  readonly generators: number;
  readonly events: number;
  readonly retries: number;
  readonly timeout: number;
}

export function numbersOf(props: LoadTestProps): LoadTestNumbers {
  return {
    users: props.users ?? 100,
    rate: props.rate,
    warmup: seconds(props.warmup ?? Duration.seconds(60)),
    duration: seconds(props.duration ?? Duration.minutes(5)),
    generators: props.generators ?? 1,
    events: props.events ?? 10,
    retries: props.retries ?? 0,
    timeout: seconds(props.requestTimeout ?? Duration.seconds(10)),
  };
}

/** ES541 to ES545: numbers that no load can have. Also for a load that runs from a laptop. */
export function requireNumbers(numbers: LoadTestNumbers): void {
  const { users, generators, rate, warmup, duration, timeout } = numbers;
  const fits = 'choose one within';
  requireWhole('ES541', 'users', users, 1, 100_000, fits);
  requireWhole('ES541', 'events', numbers.events, 1, 100, fits);
  requireWhole('ES541', 'retries', numbers.retries, 0, 10, fits);
  if (rate !== undefined) {
    requireWhole('ES542', 'rate', rate, 1, 100_000, 'it is iterations to start in a second');
  }
  const work = rate === undefined ? users : Math.min(users, rate);
  const share = rate === undefined ? 'a user' : 'a user and one iteration a second';
  requireWhole('ES543', 'generators', generators, 1, Math.min(50, work), `each needs at least ${share}`);
  requireTime('duration', duration, 1);
  requireTime('warmup', warmup, 0);
  requireTime('request timeout', timeout, 1);
}

/** Throws ES541 to ES547 and ES407. */
export function requireRules(props: LoadTestProps): void {
  requireNumbers(numbersOf(props));
  requireVariant(props.variant);
  requireCpu('cpuRequest', props.resources?.cpuRequest);
  requireCpu('cpuLimit', props.resources?.cpuLimit);
  requireSyntax('secret name', props.credentialsSecretName);
  requireSyntax('claim name', props.results?._claimName);
  const { cluster } = props;
  if (props.door === LoadTestDoor.FRONTEND && !props.frontend) {
    throw new EventStoreError(
      'ES546',
      'the door "frontend" needs the property frontend, got none: give it, or choose "service" or "leader"',
    );
  }
  if (cluster.secure && !props.credentialsSecretName) {
    throw new EventStoreError(
      'ES547',
      `a load test of a secure cluster needs credentialsSecretName, got none for ${cluster.name}: make a Secret with username and password of a user of the database`,
    );
  }
  if (cluster.atomPub === false) {
    throw new EventStoreError(
      'ES407',
      `a load test needs HTTP access to streams, got the cluster ${cluster.name} without: set settings.atomPub`,
    );
  }
}

/** ES545: it becomes a folder's name and a column's heading. */
export function requireVariant(variant: string | undefined): void {
  if (variant !== undefined && !/^[\w][-\w. ]{0,39}$/.test(variant)) {
    throw new EventStoreError(
      'ES545',
      `variant must be 1 to 40 letters, digits, blanks, ".", "_" and "-", starting with a letter or digit, got ${JSON.stringify(variant)}`,
    );
  }
}

function requireWhole(code: string, what: string, given: number, least: number, most: number, hint: string): void {
  if (!Number.isInteger(given) || given < least || given > most) {
    throw new EventStoreError(code, `${what} must be a whole number from ${least} to ${most}, got ${given}: ${hint}`);
  }
}

const DAY = 86_400;

function requireTime(what: string, given: number, least: number): void {
  if (!Number.isFinite(given) || given < least || given > DAY) {
    throw new EventStoreError(
      'ES544',
      `${what} must be ${least} to ${DAY} seconds, got ${given}: give seconds or minutes, e.g. 90s or 5m`,
    );
  }
}

function seconds(duration: Duration): number {
  return duration.toMilliseconds() / 1000;
}
