import { spawnSync } from 'node:child_process';
import { extendPath, tool } from '../tools/tools';
import { FAULTS, STORAGES } from './faults';
import { provideImages } from './images';
import { forgetMeasured, writeMeasured } from './reliability';

/**
 * Before the tests against a Kubernetes: there must be one, and it gets the images that the manifests name.
 * `CLUSTER_IMAGES=kept` says that it has them already.
 */
export default async function setup(): Promise<() => void> {
  extendPath();
  if (!hasCluster()) {
    if (process.env.CI) throw new Error('no Kubernetes answers (KUBECONFIG): in CI no test may be skipped');
    console.warn('\n*** tests will be SKIPPED: no Kubernetes answers; set KUBECONFIG, see CONTRIBUTING.md ***\n');
    return () => {};
  }
  for (const name of ['nginx', 'k6'] as const) {
    if (!tool(name)) spawnSync('bash', ['test/tools/install.sh', name], { stdio: 'inherit' });
  }
  if (process.env.CLUSTER_IMAGES !== 'kept') await provideImages();
  forgetMeasured();
  return () => writeMeasured(FAULTS.length * STORAGES.length);
}

/** Whether kubectl reaches a cluster that it was told of. It must be told: nobody's everyday cluster is tried by chance. */
export function hasCluster(): boolean {
  if (!process.env.KUBECONFIG) return false;
  return spawnSync('kubectl', ['get', 'nodes', '--request-timeout=5s'], { stdio: 'ignore' }).status === 0;
}
