import { describe, expect, it } from 'vitest';
import { errorClass, ofAttempts, outcomeOf } from '../../lib/benchmark/outcome';

const answer = (status: number, error_code = 0) => ({ status, error_code });

describe('an append', () => {
  it('is acknowledged by 201 alone', () => {
    expect(outcomeOf(answer(201))).toBe('acknowledged');
    expect(outcomeOf(answer(200))).toBe('indeterminate');
  });

  it.each([
    ['a wrong expected version', 400],
    ['an unknown user', 401],
    ['a redirect to the leader', 307],
  ])('is refused where nothing was stored: %s', (_, status) => {
    expect(outcomeOf(answer(status))).toBe('refused');
  });

  it.each([
    ['no address', 1101],
    ['a refused connection', 1212],
    ['a connection that was never made', 1211],
    ['a failed handshake', 1310],
  ])('is refused where nothing was sent: %s', (_, code) => {
    expect(outcomeOf(answer(0, code))).toBe('refused');
  });

  it.each([
    ['a time-out', answer(0, 1050)],
    ['a reset connection', answer(0, 1220)],
    ['a broken pipe', answer(0, 1201)],
    ['an unknown error of k6', answer(0, 1000)],
    ['a write that timed out in the server', answer(500)],
    ['a front end without a member', answer(502)],
    ['a server that is not ready', answer(503)],
    ['a front end that waited in vain', answer(504)],
  ])('is indeterminate where it may be stored: %s', (_, given) => {
    expect(outcomeOf(given)).toBe('indeterminate');
  });

  it('of several attempts is what the best one says, and one doubt stays', () => {
    expect(ofAttempts(['indeterminate', 'acknowledged'])).toBe('acknowledged');
    expect(ofAttempts(['indeterminate', 'refused'])).toBe('indeterminate');
    expect(ofAttempts(['refused', 'refused'])).toBe('refused');
  });
});

describe('an error', () => {
  it.each([
    ['timeout', answer(0, 1050)],
    ['timeout', answer(0, 1211)],
    ['dns', answer(0, 1101)],
    ['connection refused', answer(0, 1212)],
    ['connection reset', answer(0, 1220)],
    ['tls', answer(0, 1310)],
    ['redirect', answer(307)],
    ['503', answer(503)],
    ['k6 error 1000', answer(0, 1000)],
  ])('is of the class %s', (name, given) => {
    expect(errorClass(given)).toBe(name);
  });
});
