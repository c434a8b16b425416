import yargs from 'yargs';
import { EventStoreError } from '../lib/errors';
import { nearest } from '../lib/nearest';
import { azureCommand } from './azure';
import { auditCommand } from './benchmark/audit';
import { benchCommand } from './benchmark/bench';
import { fetchCommand } from './benchmark/fetch';
import { FLAGS } from './flags';
import { reportCommand } from './report/command';
import { synthCommand } from './synth';

/**
 * The command line: options in, library called, files out. Gives the exit code, later where a command waits for
 * something; bad input is one line on stderr and 1.
 */
export function runCli(args: string[]): number | Promise<number> {
  try {
    const parsed = yargs(args)
      .scriptName('cdk8s-eventstore')
      .locale('en')
      .parserConfiguration({ 'duplicate-arguments-array': false, 'camel-case-expansion': false })
      .command(synthCommand)
      .command(azureCommand)
      .command(reportCommand)
      .command(benchCommand)
      .command(fetchCommand)
      .command(auditCommand)
      .strict()
      .version(false)
      .help()
      .wrap(100)
      .exitProcess(false)
      .fail((message, error) => {
        throw error === undefined || error === null || error.name === 'YError'
          ? usageError(message ?? error.message)
          : error;
      })
      .parse();
    return parsed instanceof Promise ? parsed.then(finished, failed) : finished();
  } catch (error) {
    return failed(error);
  }
}

/** A command that has more to say than success sets the code itself. */
function finished(): number {
  return Number(process.exitCode ?? 0);
}

function failed(error: unknown): number {
  if (!(error instanceof EventStoreError)) throw error; // a fault of ours: the stack helps to find it
  process.stderr.write(`${error.message}\n`);
  return 1;
}

/** ES001, from what yargs found wrong. */
function usageError(message: string): EventStoreError {
  const [, unknown] = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message) ?? [];
  if (!unknown)
    return new EventStoreError(
      'ES001',
      `flags must be like --nodes 3: ${message.replace(/\s+/g, ' ').toLowerCase()}; see --help`,
    );
  const meant = nearest(unknown, Object.keys(FLAGS));
  return new EventStoreError(
    'ES001',
    `flags must be known ones, got ${unknown}: ${meant ? `did you mean --${meant}` : 'see --help'}`,
  );
}
