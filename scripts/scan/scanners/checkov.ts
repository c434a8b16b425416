import { join } from 'node:path';
import type { Manifest } from '../manifests';
import { parseOutput, runProgram } from '../program';
import { Copies, count, type Scanner } from '../scanner';

/**
 * Policies for single objects and for pods with their NetworkPolicies. It takes seconds to start, so it runs once over
 * everything.
 */
export const checkov: Scanner = {
  name: 'checkov',
  needs: ['checkov'],
  async scan(material, { folder, program }) {
    const copies = new Copies(join(folder, 'objects'));
    for (const [i, { objects }] of material.sets.entries()) {
      for (const object of objects) copies.add(object, (manifest) => keptApart(manifest, i + 1));
    }
    const args = ['-d', join(folder, 'objects'), '--framework', 'kubernetes', '-o', 'json'];
    const outcome = await runProgram(program('checkov'), [...args, '--quiet', '--compact', '--skip-download']);
    const answers: Answer[] = [parseOutput('checkov', outcome)].flat();
    const findings = [];
    let checks = 0;
    for (const { summary, results } of answers) {
      // without anything to check it answers with a bare summary
      if (!results) continue;
      if (summary.parsing_errors > 0) throw new Error(`checkov could not read ${summary.parsing_errors} objects`);
      checks += summary.passed + summary.failed;
      for (const { check_id, check_name, file_path } of results.failed_checks) {
        findings.push({ tool: 'checkov', rule: check_id, ...copies.placeOf(file_path), message: check_name });
      }
    }
    return { findings, checks, looked: count(checks, 'check') };
  },
};

interface Answer {
  readonly summary: { readonly passed: number; readonly failed: number; readonly parsing_errors: number };
  readonly results?: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly file_path: string;
    }[];
  };
}

/**
 * The object with labels and selectors that only its own set has: checkov joins NetworkPolicies and pods by labels and
 * without regard to namespaces, so that one set's policy would stand for another's missing one. Annotations that silence
 * it are taken away.
 */
export function keptApart(manifest: Manifest, set: number): Manifest {
  const mark = (key: string) => `set-${set}.${key}`;
  const marked = (labels: object) => ({
    ...Object.fromEntries(Object.entries(labels).map(([key, value]) => [mark(key), value])),
    [mark('set')]: String(set),
  });
  const walk = (value: Manifest, key = ''): Manifest => {
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (value === null || typeof value !== 'object') return value;
    if (key === 'labels' || key === 'matchLabels') return marked(value);
    // a Service's selector is nothing but labels
    if (key === 'selector' && Object.values(value).every((item) => typeof item === 'string')) return marked(value);
    if (key === 'matchExpressions') return { ...value, key: mark(value.key) };
    if (key === 'annotations') return withoutSilence(value);
    const copy = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
    // an empty selector takes all pods, also those of other sets
    if (key === 'podSelector' && !copy.matchLabels) copy.matchLabels = { [mark('set')]: String(set) };
    return copy;
  };
  return walk(manifest);
}

function withoutSilence(annotations: object): object {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.startsWith('checkov.io/skip')));
}
