import { clustersOf, frontendsOf } from './parts';
import { type Contract, podNames } from './world';

/** Drains take so many pods at a time that the others go on: a quorum of members, one front end. */
export const budgets: Contract = (world) => {
  for (const budget of world.of('PodDisruptionBudget')) {
    const { selector, maxUnavailable, minAvailable, unhealthyPodEvictionPolicy } = budget.spec;
    const found = world.workloads.filter(
      (workload) =>
        workload.metadata.namespace === budget.metadata.namespace &&
        JSON.stringify(workload.spec.selector?.matchLabels) === JSON.stringify(selector?.matchLabels),
    );
    world.expect(found.length === 1, 'budgets', budget, 'its selector must be that of one workload');
    const bounds = [maxUnavailable, minAvailable].filter((bound) => bound !== undefined);
    world.expect(bounds.length === 1, 'budgets', budget, 'it must have one of maxUnavailable and minAvailable');
    world.expect(maxUnavailable !== 0, 'budgets', budget, 'it never lets a machine be drained');
    const [workload] = found;
    if (workload) world.equal(budget.metadata.name, workload.metadata.name, 'budgets', budget, 'its name');
    const policies = ['AlwaysAllow', 'IfHealthyBudget'];
    world.expect(policies.includes(unhealthyPodEvictionPolicy), 'budgets', budget, 'unhealthyPodEvictionPolicy');
  }
  const budgetOf = (workload: { metadata: { namespace: string }; spec: { selector: unknown } }) =>
    world
      .of('PodDisruptionBudget')
      .filter((budget) => budget.metadata.namespace === workload.metadata.namespace)
      .filter((budget) => JSON.stringify(budget.spec.selector) === JSON.stringify(workload.spec.selector));

  for (const { set } of clustersOf(world)) {
    const found = budgetOf(set);
    const size = podNames(set).length;
    // a single member can never be drained under a budget
    if (!world.equal(found.length, size > 1 ? 1 : 0, 'budgets', set, 'the number of budgets') || size === 1) continue;
    world.equal(
      found[0].spec.maxUnavailable,
      (size - 1) / 2,
      'budgets',
      found[0],
      'maxUnavailable, which keeps a quorum',
    );
    const outlives = set.spec.volumeClaimTemplates !== undefined;
    // on pod storage a member that is not ready still holds a copy, and an eviction would take it
    const policy = outlives ? 'AlwaysAllow' : 'IfHealthyBudget';
    world.equal(found[0].spec.unhealthyPodEvictionPolicy, policy, 'budgets', found[0], 'unhealthyPodEvictionPolicy');
  }
  for (const { deployment } of frontendsOf(world)) {
    const found = budgetOf(deployment);
    if (!world.equal(found.length, 1, 'budgets', deployment, 'the number of budgets')) continue;
    world.equal(found[0].spec.maxUnavailable, 1, 'budgets', found[0], 'maxUnavailable');
    // nginx keeps nothing
    world.equal(
      found[0].spec.unhealthyPodEvictionPolicy,
      'AlwaysAllow',
      'budgets',
      found[0],
      'unhealthyPodEvictionPolicy',
    );
  }
};
