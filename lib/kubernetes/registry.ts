import type { Construct, IConstruct } from 'constructs';

/** Things that may exist once in an app, by the root of its tree. */
const claims = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Claims `key` in the app of `scope` for `owner`. Returns the owner who was first, which is `owner` itself when it was
 * free. A map beside the tree, since walking the tree for every cluster makes a fleet's synthesis quadratic.
 */
export function claimOnce(scope: Construct, key: string, owner: string): string {
  const root = scope.node.root;
  const taken = claims.get(root) ?? new Map<string, string>();
  claims.set(root, taken);
  const first = taken.get(key) ?? owner;
  taken.set(key, first);
  return first;
}
