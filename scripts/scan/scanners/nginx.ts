import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxConfigs, type Part } from '../parts';
import { runProgram } from '../program';
import { count, type Scanner } from '../scanner';

/** Directives with a certificate or a list of them, which nginx reads when it tests a configuration. */
const CERTIFICATE = /\b((?:\w+_)?ssl_(?:client_|trusted_)?certificate)\s+[^\s;$]+;/g;
const KEY = /\b((?:\w+_)?ssl_certificate_key)\s+[^\s;$]+;/g;

/** `nginx -t`: whether nginx takes the configuration, and without a warning. */
export const nginx: Scanner = {
  name: 'nginx',
  needs: ['nginx'],
  async scan(material, { folder, program }) {
    const configs = nginxConfigs(material);
    const findings = [];
    const certificate = new Certificate(folder);
    for (const [i, config] of configs.entries()) {
      const prefix = join(folder, String(i));
      mkdirSync(join(prefix, 'tmp'), { recursive: true });
      writeFileSync(join(prefix, 'nginx.conf'), outsideItsPod(config, prefix, certificate));
      // its standard output may be a file or a pipe, as in a pod, but not the socket that Node makes
      const test = '"$0" -t -q -e stderr -p "$1" -c nginx.conf >"$1/stdout"';
      const { status, stderr } = await runProgram('sh', ['-c', test, program('nginx'), prefix]);
      if (status === 0 && stderr === '') continue;
      const message = stderr.split('\n')[0].replaceAll(`${prefix}/`, '');
      const rule = /\[(\w+)\]/.exec(message)?.[1] ?? 'emerg';
      for (const place of config.places) findings.push({ tool: 'nginx', rule, ...place, message });
    }
    return { findings, looked: count(configs.length, 'nginx.conf') };
  },
};

/**
 * What nginx needs to be tried where its pod's names, ports and files are not: sockets in a folder for ports, which
 * others may hold, this machine for names of Services, a certificate of our own for the Secret's.
 */
function outsideItsPod({ text }: Part, prefix: string, certificate: Certificate): string {
  const ports: string[] = [];
  const changed = text
    .replace(/^(\s*(?:server\s*\{\s*)?listen)\s+([^\s;]+)([^;\n]*);/gm, (_, listen, port, rest) => {
      if (!ports.includes(port)) ports.push(port);
      return `${listen} unix:${prefix}/${ports.indexOf(port)}.sock${rest.replace(/\s+(reuseport|ipv6only=\w+)\b/g, '')};`;
    })
    .replace(/^(\s*server)\s+[\w.-]*[a-z][\w.-]*(:\d+)?([\s;])/gim, '$1 127.0.0.1$2$3')
    .replace(/\b((?:proxy|grpc)_pass\s+\w+:\/\/)[\w-]+(?:\.[\w-]+)+/g, '$1127.0.0.1')
    .replace(/(\s)\/(?:tmp|var\/(?:run|cache|log)|run)\//g, `$1${prefix}/tmp/`);
  return changed
    .replace(CERTIFICATE, (_, directive) => `${directive} ${certificate.path('crt')};`)
    .replace(KEY, (_, directive) => `${directive} ${certificate.path('key')};`);
}

/** A certificate that stands for every other; made when the first configuration asks for it. */
class Certificate {
  private made = false;

  constructor(private readonly folder: string) {}

  public path(end: 'crt' | 'key'): string {
    const [key, crt] = ['key', 'crt'].map((name) => join(this.folder, `any.${name}`));
    if (!this.made) {
      const args = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=any -keyout ${key} -out ${crt}`;
      const { status, stderr } = spawnSync('openssl', args.split(' '), { encoding: 'utf8' });
      if (status !== 0) throw new Error(`openssl, which makes a certificate for nginx -t, failed: ${stderr}`);
      this.made = true;
    }
    return end === 'crt' ? crt : key;
  }
}
