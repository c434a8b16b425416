/** Event ids by stream, in the order of the stream: all of them were acknowledged. */
export type Ledger = Record<string, string[]>;

export interface LoadOptions {
  /** one address, or those of all members, which are then tried one after the other */
  readonly targets: string[];
  /** what the names of streams begin with */
  readonly prefix: string;
  readonly seconds: number;
  readonly writers: number;
  readonly readers: number;
  /** how long a writer waits for an answer */
  readonly timeoutMs: number;
  readonly readTimeoutMs: number;
  /** between two requests of one worker */
  readonly pauseMs: number;
}

export interface LoadSummary {
  readonly acknowledged: number;
  /** appends that were refused */
  readonly refused: number;
  /** appends without an answer, or with a 5xx: stored or not, they were sent again */
  readonly unknown: number;
  readonly reads: number;
  readonly readsFailed: number;
  /** ms */
  readonly longestRead: number;
  /** reads that a follower answered with 404 although the event was acknowledged */
  readonly stale: number;
  /** the longest time without an acknowledged write, s */
  readonly gap: number;
  /** when that began, s since the start */
  readonly gapAt: number;
  readonly failures: Record<string, number>;
  /** what took long or failed, for people */
  readonly slow: { at: number; ms: number; what: string }[];
  readonly ledger: Ledger;
}

export interface AuditOptions {
  readonly members: string[];
  readonly ledger: Ledger;
}

export interface AuditSummary {
  readonly checked: number;
  /** on no member: lost */
  readonly lost: string[];
  /** on some members and not on all: a member that does not hold everything yet */
  readonly missing: Record<string, number>;
}
