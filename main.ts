import { runCli } from './cli/run';

// the exit code instead of process.exit: what is printed must reach a pipe
const code = runCli(process.argv.slice(2));
if (code instanceof Promise) {
  code.then((later) => {
    process.exitCode = later;
  });
} else process.exitCode = code;
