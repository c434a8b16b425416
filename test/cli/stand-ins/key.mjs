import { createHash } from 'node:crypto';

/** An account's key as Azure's look: 64 bytes in base64. Computed, so that no file of a test ever holds one. */
export function accountKey(account, name, generation = 0) {
  return createHash('sha512').update(`${account} ${name} ${generation}`).digest('base64');
}

export function digest(text) {
  return createHash('sha256').update(text).digest('hex');
}
