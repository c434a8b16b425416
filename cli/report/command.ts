import type { CommandModule } from 'yargs';
import { makeReport } from './page/report';
import { readVariants } from './read/variants';
import { writeReport } from './write';

const GROUP = 'Report:';

/** `npm run report`: compares variants by the results of their runs. */
export const reportCommand: CommandModule = {
  command: 'report',
  describe: 'compare benchmark results',
  builder: (yargs) =>
    yargs
      // --variant is there to be repeated
      .parserConfiguration({ 'duplicate-arguments-array': true, 'camel-case-expansion': false })
      .usage(
        'npm run report -- --variant NAME=FOLDER [--variant NAME=FOLDER …] [--out report]\n\nReads the results of runs and writes report.md, report.html, charts and results.json.\nEnds with 0 when every acknowledged event was read back, 1 when one was lost, 2 when nobody knows.',
      )
      .options({
        variant: {
          group: GROUP,
          type: 'string',
          array: true,
          requiresArg: true,
          demandOption: false,
          describe:
            'a name and a folder of runs (k6’s JSON, or its text summaries); the first is compared with each other',
        },
        out: {
          group: GROUP,
          type: 'string',
          requiresArg: true,
          describe: 'the folder to write to',
          defaultDescription: 'report',
        },
      })
      .example('npm run report -- --variant pod=results/pod --variant azurefile=results/azurefile', 'two storages'),
  handler: async (argv) => {
    const given = ((argv.variant as string[] | undefined) ?? []).map(String);
    const { files, exitCode, verdict } = makeReport(await readVariants(given));
    const out = String([argv.out ?? 'report'].flat().at(-1));
    writeReport(out, files);
    process.stdout.write(`wrote ${[...files.keys()].join(', ')} to ${out}/\n${verdict}\n`);
    process.exitCode = exitCode;
  },
};
