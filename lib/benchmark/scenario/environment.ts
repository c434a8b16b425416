import encoding from 'k6/encoding';

/** What a pod adds at its start. */
export const RUN = __ENV.RUN || 'local';
/** The generator's number, from 1. Kubernetes counts from 0. */
export const SHARD = 1 + Number(__ENV.JOB_COMPLETION_INDEX || 0);
/** Where results go. */
export const RESULTS = __ENV.RESULTS || '.';

/** What the load was told of every event it appended. */
export const LEDGER = __ENV.LEDGER || `${RESULTS}/ledger-${SHARD}.log`;

/** For the init context only. */
export function readSettings<T>(): T {
  return JSON.parse(open(__ENV.SETTINGS || './settings.json'));
}

/** The password for secure members. */
export function authorization(): Record<string, string> {
  const { ES_USERNAME: user, ES_PASSWORD: password } = __ENV;
  return user ? { Authorization: `Basic ${encoding.b64encode(`${user}:${password}`)}` } : {};
}
