import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { main, Refused, UsageError } from './command-line.mjs';
import { digest } from './key.mjs';

// Stands in for kubectl. Of a Secret it keeps digests alone, so that whoever searches the disk for the key finds only
// what the script itself left there.

const COMMANDS = {
  'config current-context': (_flags, state) => {
    refuseIf(!state.currentContext, 'current-context is not set');
    return state.currentContext;
  },

  'get namespace': (flags, state, namespace) => {
    if (namespace in cluster(flags, state).namespaces) return `namespace/${namespace}`;
    refuseIf(!flags['--ignore-not-found'], `namespaces "${namespace}" not found`);
  },

  'create namespace': (flags, state, namespace) => {
    const { namespaces } = cluster(flags, state);
    refuseIf(namespace in namespaces, `namespaces "${namespace}" already exists`);
    namespaces[namespace] = { lastApplied: flags['--save-config'] === true, secrets: {} };
    return `namespace/${namespace} created`;
  },

  apply: (flags, state) => {
    if (flags['--filename'] !== '-') throw new UsageError('the Secret comes through stdin');
    if (!flags['--server-side']) throw new UsageError('a client-side apply writes the key into an annotation');
    const documents = parseAllDocuments(readFileSync(0, 'utf8')).map((document) => document.toJS());
    return documents.map((document) => applySecret(document, cluster(flags, state))).join('\n');
  },
};

function applySecret(secret, { namespaces }) {
  const { name, namespace } = secret.metadata;
  refuseIf(secret.apiVersion !== 'v1' || secret.kind !== 'Secret' || secret.type !== 'Opaque', 'not a Secret');
  refuseIf(!(namespace in namespaces), `namespaces "${namespace}" not found`);
  const values = Object.entries(secret.data).map(([field, base64]) => {
    const value = Buffer.from(base64, 'base64').toString();
    refuseIf(Buffer.from(value).toString('base64') !== base64, `illegal base64 data in ${field}`);
    return [field, value];
  });
  refuseIfSeen(secret.data.azurestorageaccountkey, Object.fromEntries(values).azurestorageaccountkey);
  namespaces[namespace].secrets[name] = Object.fromEntries(values.map(([field, value]) => [field, digest(value)]));
  return `secret/${name} serverside-applied`;
}

/** No process of this machine may hold the key in its arguments or its environment while it is handed over. */
function refuseIfSeen(...secrets) {
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    for (const place of ['cmdline', 'environ']) {
      const text = readOrNothing(`/proc/${pid}/${place}`);
      refuseIf(
        secrets.some((secret) => text.includes(secret)),
        `the key is in /proc/${pid}/${place}`,
      );
    }
  }
}

function readOrNothing(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // another user's process, or one that has just ended
    return '';
  }
}

function cluster(flags, state) {
  const context = flags['--context'];
  refuseIf(!context, 'which cluster? every call names its context');
  refuseIf(!(context in (state.contexts ?? {})), `context "${context}" does not exist`);
  return state.contexts[context];
}

function refuseIf(wrong, message) {
  if (wrong) throw new Refused(message);
}

main('kubectl', ({ name, flags, operands }, state) => COMMANDS[name](flags, state, operands[0]));
