import { runCli } from './cli/run';

// the exit code instead of process.exit: what is printed must reach a pipe
process.exitCode = runCli(process.argv.slice(2));
