import { audit } from './audit';
import { connect } from './connect';
import { ask } from './http';
import { load } from './load';

/**
 * A client in a pod: `client COMMAND`, its options as JSON on standard input, its result as JSON on standard output.
 * With `sleep` it waits, as the pod's main process.
 */
const COMMANDS: Record<string, (options: never) => Promise<unknown>> = {
  load,
  audit,
  connect: ({ connectionString, stream }: { connectionString: string; stream: string }) =>
    connect(connectionString, stream),
  // all at once: an answer for each address
  gets: ({ urls, timeoutMs }: { urls: string[]; timeoutMs: number }) =>
    Promise.all(urls.map((url) => ask(url, { timeoutMs }))),
  get: ({ url, headers, timeoutMs }: { url: string; headers: Record<string, string>; timeoutMs: number }) =>
    ask(url, { headers, timeoutMs }),
};

async function main(command: string): Promise<void> {
  if (command === 'sleep') {
    process.on('SIGTERM', () => process.exit(0));
    setInterval(() => {}, 60_000);
    return;
  }
  const input: Buffer[] = [];
  for await (const chunk of process.stdin) input.push(chunk);
  const result = await COMMANDS[command](JSON.parse(Buffer.concat(input).toString()) as never);
  await new Promise((done) => process.stdout.write(JSON.stringify(result), done));
  process.exit(0);
}

main(process.argv[2] ?? 'sleep').catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
