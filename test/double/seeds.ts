import { resolve4 } from 'node:dns/promises';
import type { Address, Options } from './options';

const RETRY_MS = 1000;

/** Where the others may be. With DiscoverViaDns the seeds are ignored, and a name that nobody knows is asked for ever. */
export async function seedsOf(options: Options): Promise<readonly Address[]> {
  if (!options.flag('DiscoverViaDns')) return options.seeds;
  const port = options.number('ClusterGossipPort');
  for (;;) {
    const found = await resolve4(options.text('ClusterDns')!).catch(() => undefined);
    if (found) return found.map((host) => ({ host, port }));
    await new Promise((later) => setTimeout(later, RETRY_MS));
  }
}
