import type { Result } from './database';

interface Client {
  /** where the log ends with what it wrote */
  readonly end: number;
  readonly result: Result;
  readonly until: number;
  readonly answer: (result: Result) => void;
}

/** Clients of a leader, in the order of what they wrote, until a majority holds it or they waited too long. */
export class Waiting {
  private readonly clients: Client[] = [];

  constructor(private readonly patienceMs: number) {}

  public until(end: number, result: Result): Promise<Result> {
    const until = Date.now() + this.patienceMs;
    return new Promise((answer) => {
      this.clients.push({ end, result, until, answer });
    });
  }

  public answer(committed: number): void {
    let done = 0;
    while (done < this.clients.length && this.clients[done].end <= committed) {
      const { answer, result } = this.clients[done++];
      answer(result);
    }
    this.clients.splice(0, done);
  }

  public expire(): void {
    while (this.clients.length > 0 && this.clients[0].until < Date.now()) {
      this.clients.shift()!.answer({ status: 500, reason: 'Commit phase timeout' });
    }
  }
}
