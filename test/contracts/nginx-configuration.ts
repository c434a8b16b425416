import type { Manifest } from '../helpers';
import { blocks, type Directive, parse, valuesOf } from './nginx-parser';
import type { Quiet } from './nginx-promises';
import type { FrontendParts } from './parts';
import type { World } from './world';

/** nginx.conf of a front end as a tree, and how a contract speaks of it. */
export class Configuration {
  public readonly tree: Directive[];
  public readonly http: Directive[];
  public readonly server: Directive[];

  constructor(
    public readonly world: World,
    public readonly frontend: FrontendParts,
  ) {
    this.tree = parse(frontend.config);
    this.http = blocks(this.tree, 'http')[0]?.inner ?? [];
    this.server = blocks(this.tree, 'server')[0]?.inner ?? [];
  }

  public get deployment(): Manifest {
    return this.frontend.deployment;
  }

  public expect(holds: unknown, message: string): boolean {
    return this.world.expect(holds, 'nginx', this.deployment, message);
  }

  public equal(actual: unknown, expected: unknown, what: string): void {
    this.world.equal(actual, expected, 'nginx', this.deployment, what);
  }

  /** Each of these is there once, with a value that the promise allows. */
  public quiet(inner: Directive[], promises: Quiet[], where: string): void {
    for (const [name, check, reason] of promises) {
      const values = valuesOf(inner, name);
      const holds = values.length === 1 && check(values[0]);
      this.expect(holds, `${name} in ${where} is ${values.join(', ') || 'missing'}: ${reason}`);
    }
  }
}
