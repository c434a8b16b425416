import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate, type Manifest } from '../helpers';

const ROOT = join(__dirname, '..', '..');
const read = (...names: string[]) => readFileSync(join(ROOT, ...names), 'utf8');

/** All files below a folder that end like this. */
function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

describe('docs/library.md says which file makes which object', () => {
  const rows = [...read('docs', 'library.md').matchAll(/^\| (\w+) \| `(.+?)` \| \[(.+?)\]/gm)].map(
    ([, kind, name, file]) => ({
      kind,
      name,
      file,
      matches: (m: Manifest) => m.kind === kind && pattern(name).test(m.metadata.name),
    }),
  );
  const objects = (['podstorage', 'azurefile', 'azurefile-dynamic', 'disk'] as const).flatMap((storage) =>
    generate({ storage, monitoring: 'influxdb', monitoringStorageClass: 'managed-csi' }),
  );

  it('for every object, once', () => {
    for (const object of objects) {
      const found = rows.filter((row) => row.matches(object));
      expect(
        found.map((row) => row.name),
        `${object.kind} ${object.metadata.name}`,
      ).toHaveLength(1);
    }
  });

  it('and for no object that is not made', () => {
    expect(rows.filter((row) => !objects.some(row.matches)).map((row) => `${row.kind} ${row.name}`)).toEqual([]);
  });

  it('in a file that makes such objects', () => {
    for (const { kind, file } of rows) expect(read(file), file).toContain(`k8s.Kube${kind}.manifest(`);
  });

  /** The name in the table for cluster es in namespace eventstore. */
  function pattern(name: string): RegExp {
    const values: Record<string, string> = {
      name: 'es',
      namespace: 'eventstore',
      i: '[1-7]',
      hash: '[0-9a-f]{10}',
      dashboard: '[a-z]+',
    };
    return new RegExp(`^${name.replace(/<(\w+)>/g, (_, key: string) => values[key])}$`);
  }
});

describe('docs/rules.md', () => {
  const sections = [...read('docs', 'rules.md').matchAll(/^### (ES\d{3}W?)/gm)].map(([, code]) => code);
  const codes = [...filesIn('lib', '.ts'), ...filesIn('cli', '.ts')].flatMap(
    (file) => read(file).match(/(?<=['`])ES\d{3}W?(?=[' ])/g) ?? [],
  );
  const tests = filesIn('test', '.test.ts')
    .map((file) => read(file))
    .join('\n');

  it('has a section for every code, and for no other', () => {
    expect([...new Set(sections)].sort()).toEqual([...new Set(codes)].sort());
    expect(sections).toHaveLength(new Set(sections).size);
  });

  it.each([...new Set(codes)].sort())('%s has a test', (code) => {
    expect(tests).toMatch(new RegExp(`${code}\\b`));
  });
});

describe('documentation', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs', '.md')];

  it.each(pages)('%s links to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link);
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });

  it.each(pages)('%s names flags that exist', (page) => {
    const flags = readFileSync(join(ROOT, 'cli', 'flags.ts'), 'utf8');
    const used = [...read(page).matchAll(/npm run synth -- ([^\n`]*)/g)].flatMap(
      ([, line]) => line.match(/--[a-z-]+/g) ?? [],
    );
    const known = (flag: string) => /^--(help|config|no-frontend)$/.test(flag) || flags.includes(flag.slice(2));
    expect(used.filter((flag) => !known(flag))).toEqual([]);
  });

  it('README answers in the order that readers ask', () => {
    const headings = [...read('README.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.slice(0, 4)).toEqual(['Two commands', 'As a library', 'Which storage', 'Which security']);
    expect(headings.at(-1)).toBe('What it does not do');
  });
});
