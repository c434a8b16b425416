import { accessSync, constants } from 'node:fs';
import { checkTogether } from './checks';
import { Faults } from './faults';
import { Http } from './http';
import { lineOf } from './line';
import { log, logAsJson } from './log';
import { Node } from './node';
import { Options, Refusal } from './options';
import { Store } from './store';

/** HTTP answers this long after the start. */
const START_MS = 1400;
/** Before that, there is nobody to hear SIGTERM; as PID 1 it is then lost. */
const HANDLER_MS = 1000;
const STOP_MS = 300;
/** With clients connected, or when a member ends itself, the host waits for the connections. */
const SLOW_STOP_MS = 6100;

function main(): void {
  const line = lineOf();
  const options = new Options(line, process.argv.slice(2), process.env);
  if (options.text('LogConsoleFormat') === 'Json') logAsJson();
  log(`"ES VERSION:" "${line.version}"`);
  if (options.flag('WhatIf')) process.exit(0);
  checkTogether(options);
  writableTmp();
  const folder = options.text('Db') ?? line.dataFolder;
  const openStore = () => new Store(folder, options.number('ChunkSize'));
  if (openStore().truncateAsTold(options.number('MaxTruncation'))) {
    log('Truncation successful. Shutting down.');
    setTimeout(() => process.exit(0), SLOW_STOP_MS);
    return;
  }
  let selfInflicted = true;
  const node = new Node(line, options, openStore(), new Faults(process.env.DOUBLE_FAULTS), (code) => {
    setTimeout(() => process.exit(code), selfInflicted || http.hasClients ? SLOW_STOP_MS : STOP_MS);
    http.close();
  });
  const http = new Http(node);
  http.server.on('error', (error) => refuse(new Refusal([`Failed to bind: ${error.message}`])));
  setTimeout(() => {
    http.server.listen(options.number('NodePort'), options.text('NodeIp') ?? '127.0.0.1', 4096);
    node.start();
  }, START_MS);
  setTimeout(() => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        selfInflicted = false;
        node.stop(0, 'Received termination signal');
      });
    process.on('SIGHUP', () => log('Reloading the configuration'));
  }, HANDLER_MS);
}

/** The lock on the database is a file there. */
function writableTmp(): void {
  try {
    accessSync('/tmp', constants.W_OK);
  } catch {
    throw new Refusal(["Unhandled exception. System.IO.IOException: Read-only file system : '/tmp/.dotnet'"]);
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof Refusal)) throw error;
  for (const words of error.lines) log(words, 'Fatal');
  if (error.signal) process.kill(process.pid, error.signal);
  process.exit(1);
}

try {
  main();
} catch (error) {
  refuse(error);
}
