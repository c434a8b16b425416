// A stand-in for a member of a cluster: HTTP/1.1 and gRPC on one port, told apart by HTTP/2's preface like the real
// server does it, and answering as the real server was seen to answer wherever a front end can tell the difference.
//
//   node member.mjs '{"port":2113,"name":"es-1","advertised":"es-1.es-nodes:2113","leader":"es-1.es-nodes:2113"}'
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { createServer as createServer2 } from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';

const options = { host: '127.0.0.1', leader: undefined, store: undefined, delay: 0, ...JSON.parse(process.argv[2]) };
const state = { leader: options.leader, open: 0, peak: 0, accepted: 0, requests: 0 };
/** How often each URL was asked for: `/double/state?seen=URL` tells. */
const seen = new Map();
const isLeader = () => !state.leader || state.leader === options.advertised;
const page = JSON.stringify({ title: 'a page of a feed', entries: Array(20).fill({ summary: 'x'.repeat(60) }) });

async function answer(req, res) {
  state.requests++;
  const url = new URL(req.url, 'http://member');
  const header = (name) => req.headers[`kurrent-${name}`] ?? req.headers[`es-${name}`];
  const body = await read(req);
  const send = (status, headers = {}, text = '') => {
    res.writeHead(status, { 'content-length': Buffer.byteLength(text), 'x-member': options.name, ...headers });
    res.end(req.method === 'HEAD' ? '' : text);
  };
  const outside = `${req.headers['x-forwarded-proto'] ?? 'http'}://${req.headers['x-forwarded-host'] ?? req.headers.host}`;

  if (url.pathname === '/double/state') {
    Object.assign(state, body.length > 0 ? JSON.parse(body) : {});
    const times = seen.get(url.searchParams.get('seen')) ?? 0;
    return send(200, {}, JSON.stringify({ ...state, name: options.name, seen: times }));
  }
  seen.set(req.url, (seen.get(req.url) ?? 0) + 1);
  if (/^true$/i.test(header('requireleader') ?? '') && !isLeader()) {
    return send(307, { location: `http://${state.leader}${req.url}` });
  }
  if (url.pathname.includes('echo')) {
    const { method, headers } = req;
    return send(
      200,
      {},
      JSON.stringify({ member: options.name, method, url: req.url, headers, body: body.toString() }),
    );
  }
  const [, code] = /status-(\d+)/.exec(url.pathname) ?? [];
  if (code)
    return send(Number(code), code === '307' ? { location: url.searchParams.get('to') } : {}, `this is ${code}`);
  if (url.pathname.includes('large')) return send(200, {}, 'x'.repeat(2_000_000));
  if (url.pathname.includes('slow')) await sleep(Number(url.searchParams.get('ms')));
  if (!url.pathname.startsWith('/streams/'))
    return send(200, {}, JSON.stringify({ state: isLeader() ? 'leader' : 'follower' }));

  await sleep(options.delay / 2);
  if (req.method === 'GET' || req.method === 'HEAD') {
    await sleep(1000 * Number(header('longpoll') ?? 0));
    return send(200, { 'content-type': 'application/vnd.kurrent.atom+json' }, page);
  }
  if (req.method !== 'POST') return send(204);
  const id = header('eventid') ?? /\/incoming\/([^/]+)$/.exec(url.pathname)?.[1];
  if (!id) return send(307, { location: `${outside}${url.pathname}/incoming/${randomUUID()}` });
  const stream = url.pathname.split('/')[2];
  const { status, number } = await append({ stream, id, expected: header('expectedversion') });
  await sleep(options.delay / 2);
  return send(status, { location: `${outside}/streams/${stream}/${number}` });
}

/** Members keep their events in one store, as a cluster does. */
const agent = new Agent({ keepAlive: true });
function append(event) {
  if (!options.store) return { status: 201, number: 0 };
  return new Promise((resolve, reject) => {
    const forwarded = request({ ...options.store, method: 'POST', agent }, async (res) =>
      resolve(JSON.parse(await read(res))),
    );
    forwarded.on('error', reject);
    forwarded.end(JSON.stringify({ ...event, member: options.name }));
  });
}

/** gRPC: `Read` with `x-hold` stays open like a subscription; every answer tells in trailers what arrived. */
function grpc(stream, headers) {
  state.requests++;
  const trailers = {
    'grpc-status': '0',
    'x-member': options.name,
    'x-authority': headers[':authority'] ?? headers.host ?? '',
    'x-requires-leader': headers['requires-leader'] ?? '',
  };
  if (headers['requires-leader'] === 'true' && !isLeader())
    Object.assign(trailers, { 'grpc-status': '5', exception: 'not-leader' });
  const message = Buffer.from([0, 0, 0, 0, 2, 0x6f, 0x6b]);
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.resume();
  stream.write(message);
  if (!headers['x-hold']) return void stream.on('end', () => stream.end());
  const pings = headers['x-ping'] && setInterval(() => !stream.session?.closed && stream.session?.ping(() => {}), 500);
  setTimeout(() => !stream.destroyed && stream.end(message), Number(headers['x-hold']));
  stream.on('close', () => clearInterval(pings));
}

const sleep = (ms) => (ms > 0 ? new Promise((done) => setTimeout(done, ms)) : undefined);

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function count(socket) {
  state.accepted++;
  state.peak = Math.max(state.peak, ++state.open);
  socket.on('close', () => state.open--);
  socket.on('error', () => {});
}

const handle = (req, res) => answer(req, res).catch(() => res.destroy());
/** A WebSocket, as far as a proxy sees it: after the switch, bytes come back as they went. */
function upgrade(req, socket) {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${req.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`);
  socket.pipe(socket);
}

const http = createServer({ keepAliveTimeout: 130_000 }, handle);
http.on('upgrade', upgrade);
const http2 = createServer2();
http2.on('stream', grpc);
http2.on('sessionError', () => {});

/** Without TLS the first bytes tell the protocol, with TLS its negotiation does. */
function plain(socket) {
  count(socket);
  socket.once('readable', () => {
    const first = socket.read();
    if (!first) return;
    socket.unshift(first);
    (first.subarray(0, 3).toString() === 'PRI' ? http2 : http).emit('connection', socket);
  });
}
function encrypted(socket) {
  count(socket);
  (socket.alpnProtocol === 'h2' ? http2 : http).emit('connection', socket);
}
const [key, cert] = options.tls ? ['key', 'cert'].map((part) => readFileSync(options.tls[part])) : [];
const server = options.tls
  ? tls.createServer({ key, cert, ALPNProtocols: ['h2', 'http/1.1'] }, encrypted)
  : net.createServer({ noDelay: true }, plain);
server.listen(options.port, options.host, () => process.stdout.write('ready\n'));
