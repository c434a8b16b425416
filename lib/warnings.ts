import type { Construct, IConstruct } from 'constructs';

const TYPE = 'cdk8s-eventstore/warning';

/** Something legal and dangerous. Codes end in `W`; `docs/rules.md` has a section for each. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  /** The construct that it is about, as its path in the tree. */
  readonly path: string;
}

/** Notes a warning on the construct. Nothing is printed: the library has no console, its callers ask for the warnings. */
export function addWarning(construct: Construct, code: string, message: string): void {
  construct.node.addMetadata(TYPE, { code, message });
}

/** The warnings of the whole tree, in the order of the tree. */
export function warningsOf(root: IConstruct): Warning[] {
  return root.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata.filter(({ type }) => type === TYPE).map(({ data }) => ({ ...data, path: node.path })),
    );
}
