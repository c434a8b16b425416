import { EventStoreError } from '../errors';

/** A Service's name, the longest name that DNS allows (RFC 1123 label). */
const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_LENGTH = 63;

/**
 * Fails unless `name` is a DNS-1123 label that starts with a letter (a Service's name must) and stays within 63
 * characters with the longest suffix that this library puts behind it.
 */
export function requireName(what: string, name: string, longestSuffix = ''): void {
  if (!LABEL.test(name)) {
    throw new EventStoreError(
      'ES102',
      `${what} must be lower-case letters, digits and "-", starting with a letter and not ending in "-", got ${JSON.stringify(name)}: choose a name like "es"`,
    );
  }
  const allowed = LABEL_LENGTH - longestSuffix.length;
  if (name.length > allowed) {
    throw new EventStoreError(
      'ES103',
      `${what} must have at most ${allowed} characters, got ${name.length} (${name}): the longest name made from it is "${name}${longestSuffix}" and Kubernetes allows ${LABEL_LENGTH}`,
    );
  }
}

/** The name of a Service, or of a pod under its headless one, anywhere in Kubernetes. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
