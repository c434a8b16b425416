import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../helpers';
import { Client } from './client-pod';
import { Deployment, isReady } from './deployment';
import { noCluster, storageFlags } from './environment';
import { UPGRADED_FROM } from './images';
import { get, kubectl, list, run, tryKubectl, until } from './kubectl';

describe.skipIf(noCluster()).each(['podstorage', 'disk'] as const)(
  'three members on %s, as the generator writes them',
  (storage) => {
    const namespace = `start-${storage}`;
    const flags = ['--nodes', '3'];
    let es: Deployment;
    let client: Client;

    beforeAll(async () => {
      flags.push(...(await storageFlags(storage)));
      const began = Date.now();
      es = await Deployment.start(namespace, ...flags, '--server-version', UPGRADED_FROM);
      console.info(`${storage}: all ready ${((Date.now() - began) / 1000).toFixed(1)} s after "npm run synth" began`);
      client = await Client.start(namespace, 'client');
    });
    afterAll(() => es?.stop());

    it('are ready after one kubectl apply, in a namespace that enforces Pod Security "restricted"', async () => {
      const { metadata } = await get('namespace', namespace);
      expect(metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
      const pods = [...(await es.pods('node')), ...(await es.pods('frontend'))];
      expect(pods.filter(isReady)).toHaveLength(5);
      const warnings = (await list('-n', namespace, 'events')).filter(({ reason }) => reason === 'FailedCreate');
      expect(warnings.map(({ message }) => message)).toEqual([]);
    });

    it('have found each other and follow one leader, on three machines, without a restart', async () => {
      const members = await es.whole(client, 3);
      expect(new Set(members.map(({ node }) => node)).size).toBe(3);
      expect(members.map(({ restarts }) => restarts)).toEqual([0, 0, 0]);
    });

    it('let a pod with the client label in, by every connection string, and no other', async () => {
      const { data } = await get('-n', namespace, 'configmap', 'es-connection');
      const { data: front } = await get('-n', namespace, 'configmap', 'es-frontend-connection');
      expect(await client.connect(data.connectionString, 'members')).toContain('.es-nodes.');
      expect(await client.connect(front.connectionString, 'frontend')).toBe(es.frontend);
      for (const { url } of [data, front]) expect((await client.get(`${url}/info`)).status).toBe(200);

      const stranger = await Client.start(namespace, 'stranger', { admitted: false });
      await expect(stranger.connect(data.connectionString, 'stranger')).rejects.toThrow(/no answer within/);
      expect((await stranger.get(`${data.url}/info`)).status).toBe(0);
      // the front end is for all pods of the cluster
      expect((await stranger.get(`${front.url}/info`)).status).toBe(200);
      // what members tell each other is nobody's business, not even a client's
      const [member] = await es.pods();
      const replication = await client.get(`http://${member.status.podIP}:1112/`);
      expect(replication.error).toMatch(/no answer within/);
    });

    it('stay as they are when the same is applied again: no rollout, no conflict', async () => {
      const before = await es.generations();
      await kubectl('apply', '-f', await es.write(...flags, '--server-version', UPGRADED_FROM));
      expect(await es.generations()).toEqual(before);
      expect((await tryKubectl('diff', '-f', es.folder)).status).toBe(0);
    });

    it('take a changed version one member at a time, with the quorum kept and nothing lost', async () => {
      const load = await client.startLoad({ targets: [es.frontend], prefix: 'roll' });
      let fewest = 3;
      let watching = true;
      const watch = (async () => {
        while (watching) fewest = Math.min(fewest, (await es.pods()).filter(isReady).length);
      })();
      await es.apply(...flags);
      await es.ready();
      await es.whole(client, 3);
      watching = false;
      await watch;
      const { ledger, ...seen } = await load.stop();
      console.info(
        `${storage}, rolled: longest gap ${seen.gap.toFixed(1)} s, ${seen.acknowledged} acknowledged, reads failed ${seen.readsFailed}`,
      );
      expect(fewest).toBe(2);
      const { spec } = await es.statefulSet();
      for (const pod of await es.pods())
        expect(pod.spec.containers[0].image).toBe(spec.template.spec.containers[0].image);
      expect(await client.audit(es.addresses(3), ledger)).toMatchObject({ lost: [], checked: seen.acknowledged });
      expect(seen.acknowledged).toBeGreaterThan(300);
    });

    it('refuse the eviction that would break the quorum', async () => {
      const members = await es.whole(client, 3);
      const [first, second] = members.filter(({ state }) => state === 'follower');
      await kubectl('cordon', first.node);
      try {
        expect((await evict(namespace, first.pod)).status).toBe(0);
        await until(
          'one member is away',
          60,
          async () => !isReady(await get('-n', namespace, 'pod', first.pod).catch(() => ({ status: {} }))),
        );
        const refused = await evict(namespace, second.pod);
        expect(refused.status).not.toBe(0);
        expect(refused.stderr).toMatch(/disruption budget/);
      } finally {
        await kubectl('uncordon', first.node);
      }
      await es.whole(client, 3);
    });

    it('stay as they are when they are handed to server-side apply, and applied so again', async () => {
      const pods = (objects: string[]) => objects.filter((object) => object.startsWith('Pod '));
      const before = await es.generations();
      const handed = await tryKubectl('apply', '--server-side', '-f', es.folder);
      // of all fields only this one, which the API server completes as a whole, has to be taken over by force
      const conflicts = storage === 'disk' ? ['.spec.volumeClaimTemplates'] : [];
      expect(handed.stderr.match(/(?<=apps\/v1: )\S+|(?<=^- )\S+/gm) ?? []).toEqual(conflicts);
      await kubectl('apply', '--server-side', '--force-conflicts', '-f', es.folder);
      // a Deployment counts changes of its annotations too, and kubectl leaves its note of the last apply there
      const taken = await es.generations();
      expect(pods(taken)).toEqual(pods(before));
      await kubectl('apply', '--server-side', '-f', es.folder);
      expect(await es.generations()).toEqual(taken);
    });

    it('leave their volumes behind when everything is deleted', async () => {
      const volumes = async (phase?: string): Promise<Manifest[]> =>
        (await list('pv')).filter(
          (pv) => pv.spec.claimRef?.namespace === namespace && (phase === undefined || pv.status.phase === phase),
        );
      const had = storage === 'disk' ? 3 : 0;
      // by label, since the namespace stands in the same folder, and its end would take the claims with it
      await kubectl(
        '-n',
        namespace,
        'delete',
        'statefulset,deployment,service,configmap,pdb,networkpolicy',
        '-l',
        'app.kubernetes.io/part-of=es',
        '--timeout=120s',
      );
      expect(await volumes('Bound')).toHaveLength(had);
      expect(await list('-n', namespace, 'pvc')).toHaveLength(had);
      await kubectl('delete', '-f', es.folder, '--ignore-not-found', '--timeout=120s');
      await until('the volumes are released', 60, async () => (await volumes('Released')).length === had);
      expect(await volumes()).toHaveLength(had);
    });
  },
);

function evict(namespace: string, pod: string) {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  return run('kubectl', ['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
}
