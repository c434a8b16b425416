import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './cluster';

/** An authority and certificates of it, made by openssl in a folder. */
export class Authority {
  constructor(
    private readonly folder: string,
    name = 'ca',
  ) {
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, `${name}.crt`);
    this.key = join(folder, `${name}.key`);
    openssl(`req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} -keyout ${this.key} -out ${this.file}`);
  }

  public readonly file: string;
  private readonly key: string;

  /** A certificate for the host names, as `<name>.crt` and `<name>.key`. */
  public certificate(name: string, ...hosts: string[]): { cert: string; key: string } {
    const path = (end: string) => join(this.folder, `${name}.${end}`);
    writeFileSync(path('ext'), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\n`);
    openssl(`req -newkey rsa:2048 -nodes -subj /CN=${name} -keyout ${path('key')} -out ${path('csr')}`);
    openssl(
      `x509 -req -days 2 -in ${path('csr')} -CA ${this.file} -CAkey ${this.key} -extfile ${path('ext')} -out ${path('crt')}`,
    );
    return { cert: path('crt'), key: path('key') };
  }
}

function openssl(args: string): void {
  const { status, stderr } = run(['openssl', ...args.split(' ')]);
  if (status !== 0) throw new Error(`openssl ${args}: ${stderr}`);
}
