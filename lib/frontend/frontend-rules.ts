import type { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { EventStoreError } from '../errors';
import { addWarning } from '../warnings';
import { FrontendExposure, FrontendReads, type NginxFrontendProps } from './frontend-props';
import { requireMembers } from './hosts';

/** What a follower holds a forwarded write for: prepare and commit time-outs and a little (measured). */
const FORWARDED_WRITE_MS = 6300;

/** Fails for what cannot be or must not be. */
export function requireRules(props: NginxFrontendProps): void {
  const { target, exposure = FrontendExposure.CLUSTER } = props;
  requireMembers(target.members);
  requireReplicas(props.replicas);
  requireTimeout('readTimeout', props.readTimeout, 1, 300);
  requireTimeout('writeTimeout', props.writeTimeout, 1, 300);
  requireTimeout('subscriptionTimeout', props.subscriptionTimeout, 30, 24 * 3600);
  requireRanges(props.allowedIps ?? [], exposure);

  requireAtomPub(props);
  if (exposure === FrontendExposure.PUBLIC && !target.secure) {
    throw new EventStoreError(
      'ES301',
      `exposure "public" needs a secure cluster, got the insecure cluster ${target.name}: anybody could read, write and shut it down, so secure the cluster or choose "cluster" or "internal"`,
    );
  }
  if (exposure === FrontendExposure.PUBLIC && !props.tlsSecretName) {
    throw new EventStoreError(
      'ES308',
      'exposure "public" needs TLS at the front end, got none: passwords would cross the internet readable, so give tlsSecretName, or choose "internal" behind a gateway that speaks TLS',
    );
  }
  if (props.basicAuthSecretName && target.secure) {
    throw new EventStoreError(
      'ES307',
      `basicAuthSecretName is for insecure clusters, got the secure cluster ${target.name}: a request has room for one password and the database asks for its own, so leave basicAuthSecretName out`,
    );
  }
}

/** What is legal and dangerous. */
export function warnAbout(scope: Construct, props: NginxFrontendProps): void {
  const { target, exposure } = props;
  if (exposure === FrontendExposure.INTERNAL && !target.secure && !props.basicAuthSecretName) {
    addWarning(
      scope,
      'ES301W',
      'internal load balancer before an insecure cluster: everybody in that network can read, write and shut it down',
    );
  }
  if (props.replicas === 1) {
    addWarning(scope, 'ES304W', 'one replica: clients are without a front end while its pod moves');
  }
  if (props.writeTimeout && props.writeTimeout.toMilliseconds() < FORWARDED_WRITE_MS) {
    addWarning(
      scope,
      'ES306W',
      'writeTimeout below 6.3 seconds: after a fail-over, writes that a follower still holds are answered with 504 and may be stored all the same',
    );
  }
  if (props.basicAuthSecretName && !props.tlsSecretName) {
    addWarning(scope, 'ES307W', 'basic authentication without TLS: the passwords cross the network readable');
  }
  if (target.secure && !props.tlsSecretName) {
    addWarning(
      scope,
      'ES308W',
      'secure cluster, but no TLS between clients and the front end: the passwords cross the network readable; give tlsSecretName',
    );
  }
  if (props.retryAppends) {
    addWarning(
      scope,
      'ES309W',
      'retryAppends: an append that was stored and whose answer was lost may be answered with 400 (wrong expected version)',
    );
  }
}

/** What is about streams over HTTP alone. */
function requireAtomPub({ target, reads, retryAppends }: NginxFrontendProps): void {
  const needs = reads === FrontendReads.LEADER ? 'reads "leader"' : retryAppends ? 'retryAppends' : undefined;
  if (needs && target.atomPub === false) {
    throw new EventStoreError(
      'ES407',
      `${needs} needs HTTP access to streams, got the cluster ${target.name} without: leave it out or set settings.atomPub`,
    );
  }
}

function requireReplicas(replicas = 2): void {
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new EventStoreError(
      'ES304',
      `replicas must be a whole number of at least 1, got ${replicas}: choose 2 or more`,
    );
  }
}

function requireTimeout(what: string, given: Duration | undefined, least: number, most: number): void {
  const seconds = given && given.toMilliseconds() / 1000;
  if (seconds !== undefined && (seconds < least || seconds > most)) {
    throw new EventStoreError(
      'ES306',
      `${what} must be ${least} to ${most} seconds, got ${seconds}: choose one within`,
    );
  }
}

function requireRanges(ranges: string[], exposure: FrontendExposure): void {
  if (ranges.length > 0 && exposure === FrontendExposure.CLUSTER) {
    throw new EventStoreError(
      'ES303',
      `allowedIps needs a load balancer, got exposure "cluster" with ${ranges.join(', ')}: choose exposure "internal" or "public", or leave allowedIps out`,
    );
  }
  for (const range of ranges) {
    const network = networkOf(range);
    if (network !== range) {
      throw new EventStoreError(
        'ES302',
        `allowedIps must be IPv4 ranges, got ${JSON.stringify(range)}: write ${network ? `"${network}"` : 'e.g. "203.0.113.0/24", or "203.0.113.7/32" for one address'}`,
      );
    }
  }
}

/** The range with the bits behind its length cleared; undefined if it is no range. */
function networkOf(range: string): string | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(range)?.slice(1).map(Number);
  if (!parts || parts.slice(0, 4).some((part) => part > 255) || parts[4] > 32) return undefined;
  const network = parts.slice(0, 4).map((part, i) => {
    const bits = Math.min(8, Math.max(0, parts[4] - 8 * i));
    return part & (0xff << (8 - bits)) & 0xff;
  });
  return `${network.join('.')}/${parts[4]}`;
}
