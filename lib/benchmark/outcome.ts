/**
 * What an append came to. Nothing was stored when it was refused; when it is indeterminate, nobody knows until the
 * audit.
 */
export type Outcome = 'acknowledged' | 'refused' | 'indeterminate';

/** An answer, as far as it tells: the status, or 0 and k6's code for what went wrong. */
export interface Answer {
  readonly status: number;
  readonly error_code: number;
}

export function outcomeOf({ status, error_code }: Answer): Outcome {
  if (status === 201) return 'acknowledged';
  if (status === 0) return nothingWasSent(error_code) ? 'refused' : 'indeterminate';
  // a redirect has stored nothing; a 500 may be a write that timed out, a 502 or 504 a member that died with it
  return status >= 300 && status < 500 ? 'refused' : 'indeterminate';
}

/** No address (11xx), no connection (1210 to 1213), no TLS (13xx). */
function nothingWasSent(code: number): boolean {
  return (code >= 1100 && code < 1200) || (code >= 1210 && code <= 1213) || (code >= 1300 && code < 1400);
}

/** The class of an error, for the report. */
export function errorClass({ status, error_code: code }: Answer): string {
  if (status === 0) {
    if (code === 1050 || code === 1211) return 'timeout';
    if (code >= 1100 && code < 1200) return 'dns';
    if (code === 1210 || code === 1212 || code === 1213) return 'connection refused';
    if (code === 1201 || code === 1220) return 'connection reset';
    if (code >= 1300 && code < 1400) return 'tls';
    return `k6 error ${code}`;
  }
  if (status >= 300 && status < 400) return 'redirect';
  return String(status);
}

/** What several attempts at one append came to: one acknowledgement is enough, one doubt stays. */
export function ofAttempts(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('acknowledged')) return 'acknowledged';
  return outcomes.includes('indeterminate') ? 'indeterminate' : 'refused';
}
