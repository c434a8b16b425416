import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../scripts/scan/finding';
import { filesIn, readMaterial } from '../../scripts/scan/manifests';
import { scan } from '../../scripts/scan/scan';
import { SCANNERS } from '../../scripts/scan/scanners';
import { find, generate, type Manifest } from '../helpers';
import { needs } from '../tools/tools';

const root = mkdtempSync(join(tmpdir(), 'planted-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Our own manifests, with a fault in them. */
function broken(change: (manifests: Manifest[]) => void, rewrite = (text: string) => text): string {
  const manifests = generate();
  change(manifests);
  return rewrite(manifests.map((manifest) => `---\n${stringify(manifest)}`).join(''));
}

/** What one scanner says of a text, and of the same without the fault. */
async function findings(scanner: string, text: string, schemas: string[] = []): Promise<Finding[]> {
  const folder = mkdtempSync(join(root, 'case-'));
  writeFileSync(join(folder, 'manifests.yaml'), text);
  const scanners = SCANNERS.filter(({ name }) => name === scanner);
  const report = await scan(readMaterial(filesIn(folder), folder), { scanners, schemas });
  return [...report.left];
}

/** The findings of a broken text that an unbroken one does not have. */
async function added(scanner: string, change: (manifests: Manifest[]) => void, rewrite?: (text: string) => string) {
  const [before, after] = [
    await findings(
      scanner,
      broken(() => {}),
    ),
    await findings(scanner, broken(change, rewrite)),
  ];
  const key = ({ rule, object }: Finding) => `${rule} ${object}`;
  const known = before.map(key);
  return after.map(key).filter((finding) => !known.includes(finding));
}

const podOf = (manifests: Manifest[]) => find(manifests, 'StatefulSet', 'es').spec.template.spec;
const nginxConf = (manifests: Manifest[], change: (text: string) => string) => {
  const config = manifests.find(({ data }) => data?.['nginx.conf']);
  config.data['nginx.conf'] = change(config.data['nginx.conf']);
};

describe.skipIf(needs('kubeconform', 'schemas'))('kubeconform finds', () => {
  it('a field that Kubernetes does not know', async () => {
    expect(await added('kubeconform', (m) => (podOf(m).containers[0].imagePolicy = 'Always'))).toEqual([
      'invalid StatefulSet/es',
    ]);
  });

  it('a budget with two limits of the wrong type', async () => {
    const change = (m: Manifest[]) => (find(m, 'PodDisruptionBudget', 'es').spec.maxUnavailable = { all: true });
    expect(await added('kubeconform', change)).toEqual(['invalid PodDisruptionBudget/es']);
  });

  it('a field that only newer Kubernetes knows, and says which one lacks it', async () => {
    const [finding] = await findings(
      'kubeconform',
      broken((m) => (podOf(m).resources = { limits: { memory: '1Gi' } })),
    );
    expect(finding).toMatchObject({ object: 'StatefulSet/es', file: 'manifests.yaml' });
    expect(finding.message).toMatch(/^Kubernetes v1\.27\.0: /);
  });

  it('a kind that Kubernetes no longer has', async () => {
    const change = (m: Manifest[]) => (find(m, 'PodDisruptionBudget', 'es').apiVersion = 'policy/v1beta1');
    expect(await added('kubeconform', change)).toEqual(['no-schema PodDisruptionBudget/es']);
  });

  it('what a CustomResourceDefinition beside it or in a given folder does not allow', async () => {
    const schema = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    };
    const definition = stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.org' },
      spec: {
        group: 'example.org',
        names: { kind: 'Thing', plural: 'things' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    });
    const thing = (spec: object) =>
      stringify({ apiVersion: 'example.org/v1', kind: 'Thing', metadata: { name: 'a' }, spec });
    const rules = async (text: string, schemas?: string[]) =>
      (await findings('kubeconform', text, schemas)).map(({ rule, object }) => `${rule} ${object}`);

    expect(await rules(thing({ size: 1 }))).toEqual(['no-schema Thing/a']);
    expect(await rules(`${definition}---\n${thing({ size: 1 })}`)).toEqual([]);
    const folder = mkdtempSync(join(root, 'schemas-'));
    writeFileSync(join(folder, 'things.yaml'), definition);
    expect(await rules(thing({ size: 1 }), [folder])).toEqual([]);
    expect(await rules(thing({ size: 'large' }), [folder])).toEqual(['invalid Thing/a']);
    expect(await rules(thing({ sise: 1 }), [folder])).toEqual(['invalid Thing/a']);
  });
});

describe.skipIf(needs('kube-score'))('kube-score finds', () => {
  it('a container without a memory limit, and a Service that finds no pods', async () => {
    const change = (m: Manifest[]) => {
      podOf(m).containers[0].resources.limits.memory = undefined;
      find(m, 'Service', 'es-frontend').spec.selector['app.kubernetes.io/component'] = 'front';
    };
    expect(await added('kube-score', change)).toEqual([
      'service-targets-pod Service/es-frontend',
      'container-resources StatefulSet/es',
    ]);
  });

  it('what an annotation would silence', async () => {
    const change = (m: Manifest[]) => {
      const set = find(m, 'StatefulSet', 'es');
      podOf(m).containers[0].resources.limits.memory = undefined;
      set.metadata.annotations = { 'kube-score/ignore': 'container-resources' };
    };
    expect(await added('kube-score', change)).toEqual(['container-resources StatefulSet/es']);
  });
});

describe.skipIf(needs('kube-score', 'kubeconform', 'schemas', 'pod-security'))('what a program cannot read', () => {
  it('is a finding of that program, and does not keep the others from their work', async () => {
    const text = stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', labels: { a: 1 } } });
    expect((await findings('kube-score', text)).map(({ rule }) => rule)).toEqual(['failed']);
    expect((await findings('pod-security', text)).map(({ rule, object }) => [rule, object])).toEqual([
      ['unreadable', 'Deployment/a'],
    ]);
    expect((await findings('kubeconform', text)).map(({ rule }) => rule)).toEqual(['invalid']);
  });
});

describe.skipIf(needs('checkov'))('checkov finds', () => {
  it('a writable root, also where an annotation would silence it, and pods whose NetworkPolicy only another folder has', async () => {
    const folder = mkdtempSync(join(root, 'sets-'));
    writeFileSync(
      join(folder, 'whole.yaml'),
      broken(() => {}),
    );
    const change = (m: Manifest[]) => {
      m.splice(m.indexOf(find(m, 'NetworkPolicy', 'es')), 1);
      podOf(m).containers[0].securityContext.readOnlyRootFilesystem = false;
      find(m, 'StatefulSet', 'es').metadata.annotations = { 'checkov.io/skip1': 'CKV_K8S_22=for fun' };
    };
    writeFileSync(join(folder, 'broken.yaml'), broken(change));
    const scanners = SCANNERS.filter(({ name }) => name === 'checkov');
    const { findings: all } = await scan(
      readMaterial(filesIn(folder), folder, (path) => path),
      { scanners },
    );
    const rules = (file: string) => new Set(all.filter((f) => f.file === file).map((f) => `${f.rule} ${f.object}`));
    const only = [...rules('broken.yaml')].filter((finding) => !rules('whole.yaml').has(finding));
    expect(only.sort()).toEqual(['CKV2_K8S_6 StatefulSet/es', 'CKV_K8S_22 StatefulSet/es']);
  });
});

describe.skipIf(needs('pod-security'))('Pod Security finds', () => {
  it('whatever restricted forbids, in workloads of every kind', async () => {
    const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };
    const kinds: Record<string, object> = {
      Pod: template.spec,
      Job: { template },
      CronJob: { jobTemplate: { spec: { template } } },
      DaemonSet: { template },
      Deployment: { template },
      ReplicaSet: { template },
    };
    const text = Object.entries(kinds)
      .map(([kind, spec]) => `---\n${stringify({ apiVersion: 'v1', kind, metadata: { name: 'a' }, spec })}`)
      .join('');
    const found = await findings('pod-security', text);
    for (const kind of Object.keys(kinds)) {
      expect(found.filter(({ object }) => object === `${kind}/a`).map(({ rule }) => rule)).toContain(
        'runAsNonRoot != true',
      );
    }
  });

  it('a privileged container of ours, and a workload without a pod', async () => {
    const change = (m: Manifest[]) => {
      podOf(m).containers[0].securityContext.privileged = true;
      find(m, 'Deployment', 'es-frontend').spec.template = undefined;
    };
    expect(await added('pod-security', change)).toEqual(
      expect.arrayContaining(['privileged StatefulSet/es', 'unreadable Deployment/es-frontend']),
    );
  });
});

describe.skipIf(needs('nginx'))('nginx -t finds', () => {
  const name = () => generate().find(({ data }) => data?.['nginx.conf']).metadata.name;

  it('a directive that it does not know', async () => {
    const change = (m: Manifest[]) => nginxConf(m, (text) => text.replace('proxy_redirect off', 'proxy_redirekt off'));
    expect(await added('nginx', change)).toEqual([`emerg ConfigMap/${name()}`]);
  });

  it('what it only warns of: two servers of one name on one port', async () => {
    const server = 'server { listen 9000; server_name same; }';
    const change = (m: Manifest[]) =>
      nginxConf(m, (text) => `${text.trimEnd().replace(/}$/, '')}${server}\n${server}\n}\n`);
    expect(await added('nginx', change)).toEqual([`warn ConfigMap/${name()}`]);
  });
});

describe.skipIf(needs('gixy'))('gixy finds', () => {
  it('that a client may choose where its request goes', async () => {
    const change = (m: Manifest[]) =>
      nginxConf(m, (text) => text.replace(/proxy_pass http:\/\/members;/, 'proxy_pass http://$http_x_member;'));
    expect(await added('gixy', change)).toEqual([expect.stringMatching(/^ssrf ConfigMap\/es-frontend-/)]);
  });
});

describe.skipIf(needs('yamllint'))('yamllint finds', () => {
  it('blanks at the end of a line, in the object where they stand', async () => {
    const rewrite = (text: string) => text.replace('kind: StatefulSet', 'kind: StatefulSet ');
    expect(await added('yamllint', () => {}, rewrite)).toEqual(['trailing-spaces StatefulSet/es']);
  });
});

describe.skipIf(needs('shellcheck'))('shellcheck finds', () => {
  it('a mistake in a script of a ConfigMap, of a command and of a file, in the dialect of its shell', async () => {
    const change = (m: Manifest[]) => {
      const config = m.find(({ data }) => data?.['start.sh']);
      config.metadata.name = 'start';
      config.data['start.sh'] = config.data['start.sh'].replace('#!/bin/sh', '#!/bin/sh\n[[ $1 == a ]] && rm -rf $2/');
      podOf(m).containers[0].lifecycle = { preStop: { exec: { command: ['/bin/sh', '-c', 'source ./x'] } } };
    };
    const found = await added('shellcheck', change);
    expect(found).toContain('SC3010 ConfigMap/start');
    expect(found).toContain('SC3046 StatefulSet/es');
  });

  it('nothing in the same words where the shell is bash', async () => {
    const script = (shell: string) =>
      stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a' },
        data: { run: `#!/usr/bin/env ${shell}\n[[ $1 = a ]] && echo yes\n` },
      });
    expect(await findings('shellcheck', script('bash'))).toEqual([]);
    expect((await findings('shellcheck', script('sh'))).map(({ rule }) => rule)).toEqual(['SC3010']);
  });
});
