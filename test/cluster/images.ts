import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EventStoreRelease } from '../../lib';
import { K6_IMAGE } from '../../lib/benchmark/load-test-pod';
import { containerOf, find, generate } from '../helpers';
import { tool } from '../tools/tools';
import { must, run } from './kubectl';
import { onKind } from './machines';
import { monitoringImages } from './monitoring-images';

/** The clients that tests run in the cluster. */
export const CLIENT_IMAGE = 'cdk8s-eventstore.test/client:1';

/** A version that a cluster is upgraded from. */
export const UPGRADED_FROM = '26.0.2';

export interface Image {
  readonly name: string;
  /** folder of files as they lie in the image */
  readonly root: string;
  readonly env?: string;
  readonly user: number;
  readonly programs: string[];
  /** what runs where a manifest names no command */
  readonly entrypoint?: string;
}

/**
 * Gives the cluster the images that the manifests name. With `CLUSTER_TOOL` they are packed from files, on kind Docker
 * builds them; in any other cluster nothing is done: it gets the real ones from their registries, and the tests then run
 * on the real database.
 *
 * All doubles are one set of files; the environment of the image says which version it is.
 */
export async function provideImages(only?: (name: string) => boolean): Promise<void> {
  const clusterTool = process.env.CLUSTER_TOOL;
  if (!clusterTool && !(await onKind())) return;
  const work = mkdtempSync(join(tmpdir(), 'images-'));
  try {
    const wanted = images(work).filter(({ name }) => only?.(name) ?? true);
    const archives: string[] = [];
    for (const [index, image] of wanted.entries()) {
      if (clusterTool)
        archives.push(await pack(clusterTool, image, join(work, `${index}-${fileName(image.name)}.tar`)));
      else await build(image, work);
    }
    if (archives.length > 0) await must(clusterTool!, ['load', ...archives]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function images(work: string): Image[] {
  const shared = join(work, 'double');
  const releases = [...EventStoreRelease.lines(), UPGRADED_FROM].map((version) => EventStoreRelease.of(version));
  bundle('test/double/main.ts', join(shared, 'double/double.js'));
  bundle('test/cluster/client/main.ts', join(shared, 'client/client.js'));
  put(join(shared, 'usr/local/bin/client'), '#!/bin/sh\nexec node /client/client.js "$@"\n');
  for (const executable of new Set(releases.map((release) => release.executable))) {
    put(join(shared, executable), '#!/bin/sh\nexec node /double/double.js "$@"\n');
  }
  const programs = [process.execPath, '/usr/bin/curl'];
  const double = { root: shared, programs };
  const nginx = join(work, 'nginx');
  mkdirSync(join(nginx, 'usr/sbin'), { recursive: true });
  copyFileSync(tool('nginx')!, join(nginx, 'usr/sbin/nginx'));
  const k6 = join(work, 'k6');
  mkdirSync(join(k6, 'usr/bin'), { recursive: true });
  copyFileSync(tool('k6')!, join(k6, 'usr/bin/k6'));
  return [
    ...releases.map((release) => ({
      ...double,
      name: release.image,
      user: release.user,
      env: `DOUBLE_VERSION=${release.version}`,
    })),
    { ...double, name: CLIENT_IMAGE, user: 1000, env: 'HOME=/tmp' },
    { name: containerOf(find(generate(), 'Deployment', 'es-frontend')).image, root: nginx, user: 101, programs: [] },
    ...monitoringImages(work),
    // beside its copy on the PATH, for the libraries
    { name: K6_IMAGE, root: k6, user: 12345, programs: [tool('k6')!] },
  ];
}

export function bundle(source: string, target: string): void {
  const args = [
    'esbuild',
    source,
    '--bundle',
    '--platform=node',
    '--target=node20',
    `--outfile=${target}`,
    '--log-level=error',
  ];
  execFileSync('npx', args, { stdio: 'inherit' });
}

export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
}

async function pack(clusterTool: string, image: Image, archive: string): Promise<string> {
  await must(clusterTool, [
    'image',
    archive,
    image.name,
    '--busybox',
    '--user',
    String(image.user),
    '--env',
    'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin',
    ...(image.env ? ['--env', image.env] : []),
    ...(image.entrypoint ? ['--entrypoint', image.entrypoint] : []),
    ...image.programs.flatMap((program) => ['--with-libs', program]),
    `/=${image.root}`,
  ]);
  return archive;
}

/** The same files on a public base image. */
async function build(image: Image, work: string): Promise<void> {
  const dockerfile = [
    `FROM ${image.programs.length > 0 ? 'node:20-bookworm' : 'debian:bookworm-slim'}`,
    'COPY . /',
    ...(image.env ? [`ENV ${image.env}`] : []),
    `USER ${image.user}`,
    ...(image.entrypoint ? [`ENTRYPOINT ["${image.entrypoint}"]`] : []),
  ].join('\n');
  const path = join(work, `${fileName(image.name)}.Dockerfile`);
  writeFileSync(path, dockerfile);
  await must('docker', ['build', '--quiet', '--tag', image.name, '--file', path, image.root]);
  const { stdout } = await run('kubectl', ['config', 'current-context']);
  await must('kind', ['load', 'docker-image', image.name, '--name', stdout.trim().replace(/^kind-/, '')]);
}

function fileName(image: string): string {
  return image.replace(/[^a-z0-9.]+/gi, '-');
}
