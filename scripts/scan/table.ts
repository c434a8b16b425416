import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Exception, readExceptions } from './exceptions';
import type { Finding } from './finding';
import { EXCEPTIONS, readFolder, SCHEMAS } from './main';
import type { Material } from './manifests';
import { type Report, scan } from './scan';
import { allObjects } from './scanner';

const ROOT = join(__dirname, '..', '..');
const PAGE = join(ROOT, 'docs', 'scanners.md');
const HEAD = [
  'what',
  'objects',
  'APIs removed before 1.27',
  'kube-score: critical + warnings',
  'checkov: failed of checks',
  '`restricted`: violated of checks',
  'gixy: high/medium/low',
];

/** Counted with the same versions of the same programs on 2026-11-22. */
const PEERS: readonly (readonly string[])[] = [
  ['raghur, branch master', '7', '4', '28 + 4', '83/359', '19/60', '1/1/0'],
  ['raghur, podversion', '7', '4', '26 + 4', '83/359', '16/60', '1/1/0'],
  ['raghur, aks-persistentdisk', '8', '4', '28 + 4', '84/360', '19/60', '1/1/0'],
  ['official Helm chart, defaults', '6', '0', '13 + 1', '38/180', '8/30', '1/1/1'],
  ['official Helm chart, 3 nodes, all options', '14', '2', '25 + 4', '74/367', '16/60', '1/1/1'],
  ['jeremy-morren esdb', '8', '0', '11 + 1', '25/100', '4/15', 'no nginx'],
  ['CloudNativePG operator, for reference', '22', '0', '5 + 1', '12/113', '0/15', 'no nginx'],
  ['ECK operator, for reference', '22', '0', '5 + 0', '7/115', '1/15', 'no nginx'],
];

/** The page with its table and its list of exceptions as they are today. */
export async function currentPage(): Promise<string> {
  const exceptions = readExceptions(EXCEPTIONS);
  const material = readFolder(join(ROOT, 'dist'));
  const report = await scan(material, { exceptions, schemas: [SCHEMAS] });
  if (report.missing.length > 0) throw new Error('npm run test:tools -- scanners first: the table needs every scanner');
  const ours = [
    ['**this library, `dist/`: all that is found**', ...figures(material, report, report.findings)],
    ['**less what is meant, with its reason below**', ...figures(material, report, report.left)],
  ];
  const page = readFileSync(PAGE, 'utf8');
  return filled(filled(page, 'table', table(HEAD, [...ours, ...PEERS])), 'exceptions', listed(exceptions));
}

function figures(material: Material, { runs }: Report, findings: readonly Finding[]): string[] {
  const number = (tool: string, keep: (finding: Finding) => boolean = () => true) =>
    findings.filter((finding) => finding.tool === tool && keep(finding)).length;
  const level = (tool: string, name: string) => number(tool, (finding) => finding.level === name);
  const checks = (name: string) => runs.find(({ scanner }) => scanner === name)?.checks;
  return [
    String(allObjects(material).length),
    String(number('kubeconform', ({ rule }) => rule === 'no-schema')),
    `${level('kube-score', 'critical')} + ${level('kube-score', 'warning')}`,
    `${number('checkov')}/${checks('checkov')}`,
    `${number('pod-security')}/${checks('pod-security')}`,
    ['high', 'medium', 'low'].map((name) => level('gixy', name)).join('/'),
  ];
}

function listed(exceptions: readonly Exception[]): string {
  const rows = exceptions.map(({ tool, rule, object, component, reason }) => [
    `${tool} \`${rule}\``,
    concerned(object, component),
    reason.trim().replaceAll('|', '\\|'),
  ]);
  return table(['rule', 'objects', 'why it is meant'], rows);
}

function concerned(object: string, component?: string): string {
  const whose = component === '*' ? 'of this library' : component;
  return [object === '*' ? 'all' : `\`${object}\``, ...(whose ? [whose] : [])].join(object === '*' ? ' ' : ', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** The page with this text between the two marks of this name. */
function filled(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name}: npm run scan:table -->\n`, `\n<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(start) + start.length, page.indexOf(end)];
  if (from < start.length || to < from) throw new Error(`docs/scanners.md lacks the marks of its ${name}`);
  return page.slice(0, from) + text + page.slice(to);
}

if (require.main === module) {
  currentPage().then(
    (page) => {
      writeFileSync(PAGE, page);
      process.stdout.write(
        `${/^\| what[\s\S]*?\n\n?(?=<!--)/m.exec(page)?.[0] ?? ''}\nwritten into docs/scanners.md\n`,
      );
    },
    (error: Error) => {
      process.stderr.write(`scan:table: ${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
