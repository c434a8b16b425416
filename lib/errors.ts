/**
 * Bad input. The message is one line that starts with the rule's code, says what was given, what is allowed and what
 * to do; `docs/rules.md` has a section for every code. Not exported: jsii knows no errors of one's own, and callers
 * read `error.code`, or the message.
 */
export class EventStoreError extends Error {
  public readonly code: string;

  constructor(code: string, message: string) {
    super(`${code} ${message}`);
    this.name = 'EventStoreError';
    this.code = code;
  }
}
