import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, filesIn, type Material, readMaterial } from '../../scripts/scan/manifests';
import { nginxConfigs, shellScripts } from '../../scripts/scan/parts';
import { allObjects } from '../../scripts/scan/scanner';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function folder(files: Record<string, string>): Material {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return readMaterial(filesIn(root), root);
}

const map = (name: string, rest = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;
const addresses = (material: Material) => allObjects(material).map(({ manifest }) => addressOf(manifest));

describe('a folder to scan', () => {
  it('gives the objects of all its files and folders, of Lists and of JSON', () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'd' } },
        { apiVersion: 'v1', kind: 'PodList', items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'e' } }] },
      ],
    });
    const material = folder({
      'one.yaml': `${map('a')}---\n---\n# nothing\n---\n${map('b')}`,
      'deep/er/two.yml': map('c'),
      'three.json': list,
      'dist/four.yaml': 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: run-\n',
    });
    expect(addresses(material).sort()).toEqual(
      ['ConfigMap/a', 'ConfigMap/b', 'ConfigMap/c', 'Job/run-*', 'Pod/e', 'Secret/d'].sort(),
    );
    expect(material.sets.map(({ name }) => name)).toEqual(['.']);
  });

  it('passes over what is no manifest, and says so', () => {
    const material = folder({
      'a.yaml': map('a'),
      'values.yaml': 'replicas: 3\n',
      'Chart.yaml': 'apiVersion: v2\nname: es\n',
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      'kind.yaml': 'apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nmetadata: {name: a}\n',
      'kubeconfig.yaml': 'apiVersion: v1\nkind: Config\n',
      'list.yaml': '- 1\n- 2\n',
      'empty.yaml': '',
      'package.json': '{"name": "x"}',
      'tsconfig.json': '{ // a comment\n}',
      'README.md': 'kind: Pod\napiVersion: v1\n',
      '.git/a.yaml': map('hidden'),
      'node_modules/x/a.yaml': map('foreign'),
    });
    expect(addresses(material)).toEqual(['ConfigMap/a']);
    expect(material.passedOver).toHaveLength(9);
    expect(material.unreadable).toEqual([]);
  });

  it('does not pass over a manifest without its kind or apiVersion', () => {
    const text = 'kind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nmetadata: {name: b}\n';
    expect(addresses(folder({ 'a.yaml': text }))).toEqual(['Pod/a', '?/b']);
  });

  it('makes a finding of YAML that cannot be read, and goes on', () => {
    const material = folder({
      'a.yaml': map('a'),
      'template.yaml': '{{- if .Values.x }}\nkind: Pod\n{{ end }}\n',
      'twice.yaml': map('b', 'metadata:\n  name: c\n'),
      'alias.yaml': map('b', 'data: *nothing\n'),
      'cut.json': '{"apiVersion": "v1", "kind": "Pod"',
    });
    expect(addresses(material)).toEqual(['ConfigMap/a']);
    expect(material.unreadable.map(({ file, tool }) => `${tool} ${file}`)).toEqual([
      'yaml alias.yaml',
      'yaml cut.json',
      'yaml template.yaml',
      'yaml twice.yaml',
    ]);
    expect(material.unreadable[3].message).toMatch(/^line 5: /);
  });

  it('is read as kubectl reads it: YAML 1.1 without its times', () => {
    const material = folder({
      'a.yaml': map('a', 'data:\n  yes1: yes\n  mode: 0644\n  day: 2020-01-01\n  at: 12:30\n'),
    });
    expect(allObjects(material)[0].manifest.data).toEqual({ yes1: true, mode: 420, day: '2020-01-01', at: '12:30' });
  });

  it('may hold links that lead in circles or nowhere', () => {
    symlinkSync(root, join(root, 'up'));
    symlinkSync(join(root, 'gone'), join(root, 'dangling.yaml'));
    expect(addresses(folder({ 'a.yaml': map('a') }))).toEqual(['ConfigMap/a']);
  });

  it('may be one file', () => {
    folder({ 'a.yaml': map('a') });
    const material = readMaterial(filesIn(join(root, 'a.yaml')), join(root, 'a.yaml'));
    expect([...material.files.keys()]).toEqual(['a.yaml']);
  });
});

describe('programs inside manifests', () => {
  it('are found by what they are, once for all objects that hold them', () => {
    const conf = 'events {}\n';
    const material = folder({
      'a.yaml': map('a', `data:\n  nginx.conf: "${conf.trim()}"\n  site.conf: "http {}"\n  telegraf.conf: "[agent]"\n`),
      'b/b.yaml': map('b', `data:\n  nginx.conf: "${conf.trim()}"\n`),
    });
    expect(nginxConfigs(material).map(({ text, places }) => [text, places.map(({ object }) => object)])).toEqual([
      ['events {}', ['ConfigMap/a', 'ConfigMap/b']],
      ['http {}', ['ConfigMap/a']],
    ]);
  });

  it('are shell scripts with a first line that says so, by name, or after sh -c', () => {
    const data = 'data:\n  one.sh: "echo"\n  two: "#!/usr/bin/env bash\\n"\n  three: "#!/usr/bin/python3\\n"\n';
    const pod = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n    - command: [/bin/ash, -ec]\n      args: ["exit 1"]\n    - command: [busybox, sh, -c, "true"]\n    - command: [nginx, -c, nginx.conf]\n    - command: [/bin/sh, /start.sh]\n`;
    const material = folder({ 'a.yaml': `${map('a', data)}---\n${pod}`, 'make.sh': '#!/bin/bash\n' });
    expect(shellScripts(material).map(({ text, shell }) => [text.trim(), shell])).toEqual([
      ['echo', 'sh'],
      ['#!/usr/bin/env bash', 'bash'],
      ['#!/bin/ash\nexit 1', 'busybox'],
      ['#!/bin/sh\ntrue', 'sh'],
      ['#!/bin/bash', 'bash'],
    ]);
  });
});
