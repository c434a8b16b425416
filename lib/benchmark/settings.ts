/** What a load test is, as the ConfigMap tells the scripts and `run.json` tells the report. Times are in seconds. */
export interface Settings {
  /** Whose load it is, in the report. */
  readonly variant: string;
  /** Where the load goes, without a slash at the end. */
  readonly url: string;
  /** By which way: `frontend`, `service` or `leader`. */
  readonly target: string;
  /** Every member's own URL, by its name. */
  readonly members: Readonly<Record<string, string>>;
  /** What the release's media types start with: `application/vnd.kurrent`. */
  readonly mediaTypes: string;
  /** `closed`: users, each of which waits for its answers. `open`: iterations start at a rate, come what may. */
  readonly mode: 'closed' | 'open';
  /** Users; in the open model the most that may be busy at once. */
  readonly users: number;
  /** Iterations a second, in the open model. */
  readonly rate?: number;
  /** The first part of the load, which does not count. */
  readonly warmup: number;
  /** The measured part. */
  readonly duration: number;
  /** Events of a stream. */
  readonly events: number;
  /** `any` member, or `leader`: reads then ask for the leader's answer. */
  readonly reads: 'any' | 'leader';
  /** How often an append without an answer is repeated, with an expected version. */
  readonly retries: number;
  /** After which time a request is given up. */
  readonly timeout: number;
  /** How many k6 processes share the load. */
  readonly generators: number;
  /** Where the generators' k6 listens, `{}` standing for a generator's number from 0. */
  readonly peers?: string;
}
