import type { Manifest } from '../helpers';
import { clusterOf, type Program, programsOf } from './stack-parts';
import { type Contract, canonical, type World } from './world';

const GROUP = 'rbac.authorization.k8s.io';
const core = (resources: string[], ...verbs: string[]) => ({ apiGroups: [''], resources, verbs });

/** Exactly what a program asks the API server for and the kubelets; a list of several where an option widens it. */
function rightsOf(world: World, program: Program): Manifest[][] {
  const kubelet = ['nodes/stats', 'nodes/pods'];
  switch (program.component) {
    case 'telegraf':
      return [kubelet, [...kubelet, 'nodes/proxy']].map((get) => [core(['nodes'], 'list'), core(get, 'get')]);
    case 'heapster':
      return [[core(['nodes', 'pods', 'namespaces'], 'get', 'list', 'watch'), core(['nodes/stats'], 'get')]];
    case 'benchmark-kills':
      // these members and no other pod
      return [[{ ...core(['pods'], 'get', 'delete'), resourceNames: clusterOf(world, program)?.members }]];
    default:
      return [];
  }
}

/** Rights are few, and belong to the one program that needs them. */
export const rights: Contract = (world) => {
  for (const program of programsOf(world)) {
    const expected = rightsOf(world, program);
    if (expected.length === 0) continue;
    const wide = program.component !== 'benchmark-kills';
    const kind = wide ? 'ClusterRole' : 'Role';
    const name = wide ? `${program.namespace}-${program.name}` : program.name;
    requireRole(world, program, kind, name, expected);
    requireBinding(world, program, kind, name);
  }
  const holders = programsOf(world).filter((program) => rightsOf(world, program).length > 0);
  for (const kind of ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']) {
    for (const object of world.of(kind)) {
      const owned = holders.some((program) => canonical(program.workload.metadata.labels) === labelsOf(object));
      world.expect(owned, 'rights', object, 'nobody here needs these rights');
    }
  }
};

function labelsOf(object: Manifest): string {
  return canonical(object.metadata.labels);
}

function requireRole(world: World, program: Program, kind: string, name: string, expected: Manifest[][]): void {
  const { workload, namespace } = program;
  const role = world.find(kind, kind === 'Role' ? namespace : undefined, name);
  if (!world.expect(role, 'rights', workload, `there is no ${kind} ${name}`) || !role) return;
  const known = expected.map(canonical).includes(canonical(role.rules));
  world.expect(known, 'rights', role, `its rules must be ${canonical(expected[0])}, are ${canonical(role.rules)}`);
}

function requireBinding(world: World, { workload, namespace }: Program, kind: string, name: string): void {
  const binding = world.find(`${kind}Binding`, kind === 'Role' ? namespace : undefined, name);
  if (!world.expect(binding, 'rights', workload, `there is no ${kind}Binding ${name}`) || !binding) return;
  world.equal(binding.roleRef, { apiGroup: GROUP, kind, name }, 'rights', binding, 'its role');
  const account = workload.spec.template.spec.serviceAccountName;
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  world.equal(binding.subjects, subjects, 'rights', binding, 'whom it gives them to');
}
