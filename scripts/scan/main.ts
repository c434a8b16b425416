import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import yargs from 'yargs';
import { readExceptions } from './exceptions';
import { filesIn, type Material, readMaterial } from './manifests';
import { describeException, describeFindings, describeMaterial, describeRuns } from './report';
import { scan } from './scan';

const ROOT = join(__dirname, '..', '..');
/** The project's own: they speak of objects that this library made, by label. */
export const EXCEPTIONS = join(ROOT, 'test', 'scanners', 'exceptions.yaml');
export const SCHEMAS = join(ROOT, 'imports', 'schemas');

interface Arguments {
  readonly dir: string;
  readonly exceptions?: string;
  readonly schemas: readonly string[];
}

/** `npm run scan -- DIR`. Returns the exit code: 1 for findings and for what cannot be scanned, with one line about it. */
export async function main(args: readonly string[]): Promise<number> {
  let given: Arguments | undefined;
  try {
    given = readArguments(args);
    return given ? await scanFolder(given) : 0;
  } catch (error) {
    process.stderr.write(`scan: ${(error as Error).message.split('\n')[0]}\n`);
    return 1;
  }
}

/** Nothing after --help, which has been answered. */
function readArguments(args: readonly string[]): Arguments | undefined {
  let given: Arguments | undefined;
  yargs([...args])
    .scriptName('scan')
    .locale('en')
    .usage(
      'npm run scan -- DIR\n\nRuns kubeconform, kube-score, checkov, Pod Security restricted, nginx -t, gixy, yamllint and\nshellcheck, as far as they are installed, over the manifests in a folder.',
    )
    .command(
      '$0 <dir>',
      false,
      (command) =>
        command
          .positional('dir', { type: 'string', demandOption: true, describe: 'a folder with YAML or JSON, or a file' })
          .option('exceptions', {
            type: 'string',
            requiresArg: true,
            describe: 'a file with your own exceptions, like test/scanners/exceptions.yaml',
          })
          .option('schemas', {
            type: 'string',
            array: true,
            requiresArg: true,
            default: [],
            describe: 'folders with CustomResourceDefinitions of your custom resources',
          }),
      (argv) => {
        given = argv as unknown as Arguments;
      },
    )
    .strict()
    .version(false)
    .help()
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(`the arguments must be one DIR and known flags: ${message.toLowerCase()}; see --help`);
    })
    .parse();
  return given;
}

async function scanFolder({ dir, exceptions, schemas }: Arguments): Promise<number> {
  const material = readFolder(dir);
  const own = readExceptions(EXCEPTIONS);
  const users = exceptions === undefined ? [] : readExceptions(existing('exceptions', exceptions));
  for (const folder of schemas) existing('schemas', folder);

  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`scan: ${describeMaterial(material)}`);
  const report = await scan(material, { exceptions: [...own, ...users], schemas: [SCHEMAS, ...schemas] });
  say(describeRuns(report));
  if (report.left.length > 0) say(describeFindings(report.left));

  // the project's exceptions are for other folders, too; your own must all be needed
  const needless = report.missing.length > 0 ? [] : report.needless.filter((exception) => users.includes(exception));
  for (const exception of needless) say(`needless exception: ${describeException(exception)} matches nothing more`);
  const missing = report.missing.map(({ scanner }) => scanner);
  if (missing.length > 0) {
    process.stderr.write(`*** NOT CHECKED by ${missing.join(', ')}: npm run test:tools -- scanners ***\n`);
  }
  if (report.runs.length === 0) throw new Error('nothing was checked, since no scanner is installed');
  const excepted = report.findings.length - report.left.length;
  say(`scan: ${report.left.length} findings, and ${excepted} that are meant (docs/scanners.md)`);
  return report.left.length + needless.length > 0 ? 1 : 0;
}

/** Throws where there is nothing to scan: that is no success. */
export function readFolder(dir: string): Material {
  const root = resolve(existing('DIR', dir));
  const material = readMaterial(filesIn(root), root);
  if (material.files.size + material.scripts.size + material.unreadable.length === 0) {
    throw new Error(
      `DIR must hold Kubernetes manifests, got ${dir}: no YAML or JSON in it has a kind and an apiVersion`,
    );
  }
  return material;
}

function existing(what: string, path: string): string {
  if (path === '' || !existsSync(path))
    throw new Error(`${what} must be a path that exists, got ${JSON.stringify(path)}`);
  return path;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
