import { firstFinding } from '../contracts';
import type { Manifest } from '../helpers';
import { misbehaviour } from './behaviour';
import { type Mutation, mutated } from './mutation';
import { Stage } from './stage';

/** What caught a mutation: the contracts, or a real nginx. */
export type Catcher = 'contracts' | 'nginx';

export interface Verdict {
  readonly mutation: Mutation;
  readonly caughtBy?: Catcher;
  /** What it said. */
  readonly because?: string;
}

/** How many nginx configurations are tried at a time. */
const LANES = 3;

/** Tries mutations of one folder: the contracts first, and on what they let pass of nginx.conf a real nginx. */
export async function tryAll(manifests: readonly Manifest[], mutations: readonly Mutation[]): Promise<Verdict[]> {
  const verdicts = mutations.map((mutation) => byContracts(manifests, mutation));
  const queue = verdicts.flatMap((verdict, i) =>
    !verdict.caughtBy && verdict.mutation.kind === 'nginx.conf' ? [i] : [],
  );
  const lane = async () => {
    if (queue.length === 0) return;
    const stage = await Stage.open(configOf(manifests));
    try {
      for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
        const { mutation } = verdicts[i];
        const because = await misbehaviour(stage, configOf(mutated(manifests, mutation)));
        if (because) verdicts[i] = { mutation, caughtBy: 'nginx', because };
      }
    } finally {
      await stage.close();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return verdicts;
}

function byContracts(manifests: readonly Manifest[], mutation: Mutation): Verdict {
  const finding = firstFinding(mutated(manifests, mutation));
  return finding ? { mutation, caughtBy: 'contracts', because: `${finding.object}: ${finding.message}` } : { mutation };
}

/** nginx.conf of the folder's front end. */
export function configOf(manifests: readonly Manifest[]): string {
  return manifests.find((m) => m.kind === 'ConfigMap' && m.data?.['nginx.conf'])?.data['nginx.conf'];
}

/** A line for each kind: how many, what caught them, how many live, and the share that was caught. */
export function table(verdicts: readonly Verdict[]): string {
  const kinds = [...new Set(verdicts.map(({ mutation }) => mutation.kind))].sort();
  const row = (name: string, of: readonly Verdict[]) => {
    const count = (catcher: Catcher | undefined) => of.filter(({ caughtBy }) => caughtBy === catcher).length;
    const share = ((100 * (of.length - count(undefined))) / of.length).toFixed(1);
    const cells = [of.length, count('contracts'), count('nginx'), count(undefined), `${share} %`];
    return name.padEnd(24) + cells.map((cell) => String(cell).padStart(11)).join('');
  };
  const head = ['mutations', 'contracts', 'nginx', 'survivors', 'caught'];
  return [
    'kind'.padEnd(24) + head.map((cell) => cell.padStart(11)).join(''),
    ...kinds.map((kind) =>
      row(
        kind,
        verdicts.filter(({ mutation }) => mutation.kind === kind),
      ),
    ),
    row('all', verdicts),
  ].join('\n');
}
