import type { Finding } from '../finding';
import { addressOf, type Manifest } from '../manifests';
import { parseOutput, runProgram } from '../program';
import { allObjects, count, placeOf, type Scanner } from '../scanner';

/** Older ones ask for things of older Kubernetes. */
const KUBERNETES = 'v1.33';
/** Grades up to this are critical (1) or warnings (5). */
const WARNING = 5;

/** Good practice, also among objects: that a Service finds pods, a budget its workload. So it gets each set as a whole. */
export const kubeScore: Scanner = {
  name: 'kube-score',
  needs: ['kube-score'],
  async scan(material, { program }) {
    const findings: Finding[] = [];
    let checks = 0;
    for (const { name, objects } of material.sets) {
      const input = objects.map(({ manifest }) => `---\n${JSON.stringify(manifest)}\n`).join('');
      // annotations that silence it do not count: what is meant stands among the exceptions
      const args = ['score', '-', '--output-format', 'json', '--kubernetes-version', KUBERNETES];
      const silent = '--disable-ignore-checks-annotations';
      let scored: Scored[];
      try {
        const outcome = await runProgram(program('kube-score'), [...args, silent], { input });
        scored = parseOutput('kube-score', outcome) ?? [];
      } catch (error) {
        // it gives up on a whole set for one field of the wrong type
        const place = { object: name, file: objects[0].file };
        findings.push({ tool: 'kube-score', rule: 'failed', ...place, message: (error as Error).message });
        continue;
      }
      for (const { object_name, checks: made } of scored) {
        const located = objects.find(({ manifest }) => nameOf(manifest) === object_name);
        for (const { check, grade, skipped, comments } of made) {
          if (skipped) continue;
          checks += 1;
          if (grade > WARNING) continue;
          const place = located ? placeOf(located) : { object: object_name, file: objects[0].file };
          const said = (comments ?? []).map(({ path, summary }) => (path ? `${path}: ${summary}` : summary)).join('; ');
          const rule = check.id;
          findings.push({
            tool: 'kube-score',
            rule,
            ...place,
            message: said,
            level: grade === 1 ? 'critical' : 'warning',
          });
        }
      }
    }
    return { findings, checks, looked: `${count(allObjects(material).length, 'object')}, ${count(checks, 'check')}` };
  },
};

/** One object in its answer. */
interface Scored {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments?: readonly { readonly path: string; readonly summary: string }[];
  }[];
}

/** How kube-score names an object: with a namespace, even where there is none. */
function nameOf(manifest: Manifest): string {
  const [kind, ...name] = addressOf(manifest).split('/');
  return [kind, manifest.apiVersion, manifest.metadata?.namespace ?? '', ...name].join('/');
}
