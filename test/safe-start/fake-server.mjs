// A stand-in for one server: says what the control file says, in the shapes that real servers were recorded in, and
// writes down what it was told. node fake-server.mjs FOLDER
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';

const folder = process.argv[2];
const log = (line) => appendFileSync(join(folder, 'log'), `${line}\n`);
const told = () => JSON.parse(readFileSync(join(folder, 'control.json'), 'utf8'));
const replica = ['EVENTSTORE', 'KURRENTDB'].map((prefix) => process.env[`${prefix}_READ_ONLY_REPLICA`]).find(Boolean);

const member = ({
  name,
  state,
  log: writerCheckpoint,
  epoch: epochNumber,
  learner: isReadOnlyReplica,
  alive = true,
}) => ({
  instanceId: 'c1dff65b-2fe5-4b3f-92e2-070bb15abc51',
  timeStamp: '2026-11-23T18:05:56.0001274Z',
  state,
  isAlive: alive,
  internalTcpIp: name,
  internalTcpPort: 1112,
  httpEndPointIp: name,
  httpEndPointPort: 2113,
  lastCommitPosition: writerCheckpoint,
  writerCheckpoint,
  chaserCheckpoint: writerCheckpoint,
  epochPosition: 0,
  epochNumber,
  epochId: '0a770b4e-a2ac-48e9-ac64-b21f4959d87a',
  nodePriority: 0,
  isReadOnlyReplica,
  esVersion: '26.0.3',
});

const answers = {
  '/info': ({ state }) => ({
    dbVersion: '26.0.3',
    esVersion: '26.0.3',
    state,
    features: { projections: true, atomPub: true },
  }),
  '/gossip': ({ members = [] }) => ({ members: members.map(member), serverIp: 'es-1', serverPort: 2113 }),
  '/info/options': ({ leaderSize }) => [
    { name: 'Db', description: 'The path, to the data.', group: 'Database Options', value: '/data/db' },
    {
      name: 'ClusterSize',
      description: 'The number of nodes, in the cluster.',
      group: 'Cluster Options',
      value: `${leaderSize}`,
    },
  ],
};

function answer(request, response) {
  log(`${request.method} ${request.url}`);
  if (request.url === '/admin/node/resign') return response.end();
  const control = told();
  const say = answers[request.url];
  if (control.silent) return undefined;
  return say ? response.end(JSON.stringify(say(control), null, 2)) : response.writeHead(404).end();
}

log(`started${replica ? ` replica=${replica}` : ''}`);
process.on('SIGTERM', () => {
  log('SIGTERM');
  process.exit(told().endsWith ?? 0);
});
process.on('SIGHUP', () => log('SIGHUP'));
const { port, exits, tls } = told();
const server = tls
  ? createSecureServer(
      { key: readFileSync(join(folder, 'tls.key')), cert: readFileSync(join(folder, 'tls.crt')) },
      answer,
    )
  : createServer(answer);
server.listen(port, '127.0.0.1');
// "exits" is a list: each life of the server takes the next [milliseconds, code]; after the last it stays
const life = readFileSync(join(folder, 'log'), 'utf8').match(/^started/gm).length - 1;
if (exits?.[life]) setTimeout(() => process.exit(exits[life][1]), exits[life][0]);
