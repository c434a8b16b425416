import { parseOutput, runProgram } from '../program';
import { allObjects, count, placeOf, type Scanner } from '../scanner';

/** The Pod Security Standard `restricted`, with Kubernetes' own code. */
export const podSecurity: Scanner = {
  name: 'pod-security',
  needs: ['pod-security'],
  async scan(material, { program }) {
    const objects = allObjects(material);
    const input = JSON.stringify(objects.map(({ manifest }) => manifest));
    const answer: Answer = parseOutput('pod-security', await runProgram(program('pod-security'), [], { input }));
    const findings = answer.findings.map(({ index, rule, message }) => {
      return { tool: 'pod-security', rule, ...placeOf(objects[index]), message };
    });
    return {
      findings,
      checks: answer.checks,
      looked: `${count(answer.pods, 'workload')}, ${count(answer.checks, 'check')}`,
    };
  },
};

interface Answer {
  readonly pods: number;
  readonly checks: number;
  readonly findings: readonly { readonly index: number; readonly rule: string; readonly message: string }[];
}
