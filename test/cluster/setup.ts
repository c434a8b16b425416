import { spawnSync } from 'node:child_process';
import { extendPath, type Tool, tool } from '../tools/tools';
import { FAULTS, STORAGES } from './faults';
import { provideImages } from './images';
import { forgetMeasured, writeMeasured } from './reliability';

/** The programs that are packed into images. */
const PACKED: Tool[] = ['nginx', 'k6', 'telegraf', 'influxd', 'influx'];

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
  const missing = PACKED.filter((name) => !tool(name));
  if (missing.length > 0) spawnSync('bash', ['test/tools/install.sh', ...missing], { stdio: 'inherit' });
  if (process.env.CLUSTER_IMAGES !== 'kept') await provideImages();
  // both projects of these tests come here
  process.env.CLUSTER_IMAGES = 'kept';
  forgetMeasured();
  return () => writeMeasured(FAULTS.length * STORAGES.length);
}

/** Whether kubectl reaches a cluster that it was told of. It must be told: nobody's everyday cluster is tried by chance. */
export function hasCluster(): boolean {
  if (!process.env.KUBECONFIG) return false;
  return spawnSync('kubectl', ['get', 'nodes', '--request-timeout=5s'], { stdio: 'ignore' }).status === 0;
}
