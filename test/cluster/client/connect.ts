import { ask } from './http';

/**
 * What an official client does with a connection string, over HTTP: it asks the hosts, one after the other, who is there
 * (several hosts only), takes the leader, writes to it and reads back. Returns the address that it ended at.
 *
 * @see https://docs.kurrent.io/clients/grpc/getting-started.html
 */
export async function connect(connectionString: string, stream: string): Promise<string> {
  const parsed = /^(?:esdb|kurrentdb):\/\/([^/?]+)\?tls=(true|false)$/.exec(connectionString);
  if (!parsed) throw new Error(`not a connection string: ${connectionString}`);
  const [, hosts, tls] = parsed;
  const scheme = tls === 'true' ? 'https' : 'http';
  const addresses = hosts.split(',').map((host) => `${scheme}://${host}`);
  const address = addresses.length === 1 ? addresses[0] : await leader(addresses, scheme);
  const written = await ask(`${address}/streams/${stream}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'es-eventtype': 'tested', 'es-eventid': crypto.randomUUID() },
    body: '{"connected":true}',
  });
  if (written.status !== 201) throw new Error(`${address} answered ${written.status || written.error} to an append`);
  const read = await ask(`${address}/streams/${stream}/0`, { headers: { accept: 'application/json' } });
  if (read.status !== 200) throw new Error(`${address} answered ${read.status || read.error} to a read`);
  return address;
}

async function leader(addresses: string[], scheme: string): Promise<string> {
  const errors: string[] = [];
  for (const address of addresses) {
    const { status, body, error } = await ask(`${address}/gossip`, { headers: { accept: 'application/json' } });
    const found = status === 200 && JSON.parse(body).members.find((m: { state: string }) => m.state === 'Leader');
    if (found) return `${scheme}://${found.httpEndPointIp}:${found.httpEndPointPort}`;
    errors.push(`${address}: ${status || error}`);
  }
  throw new Error(`no leader: ${errors.join('; ')}`);
}
