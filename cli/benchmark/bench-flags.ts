import type { Options } from 'yargs';
import { EventStoreError } from '../../lib/errors';

/** A flag with a value. */
export const flag = (describe: string, defaultDescription?: string): Options => ({
  type: 'string',
  requiresArg: true,
  describe,
  defaultDescription,
});

export const URL_FLAG = flag('where the cluster is');
export const MEMBERS = flag('each member by itself, for the audit: es-1=http://…:2113,es-2=…', 'only --url is read');
export const K6 = flag('the k6 to run', 'k6 on the PATH');

/** Reads `es-1=http://…,es-2=http://…`. */
export function membersOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, url] = /^\s*([-.\w]+)=(.+?)\s*$/.exec(pair) ?? [];
      if (!name)
        throw new EventStoreError(
          'ES554',
          `--members must be like es-1=http://127.0.0.1:2113, got ${JSON.stringify(pair)}`,
        );
      return [name, requireUrl(`--members ${name}`, url)];
    }),
  );
}

/** ES554; without a slash at its end. */
export function requireUrl(what: string, text: string): string {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // said below
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new EventStoreError('ES554', `${what} must be a URL like http://127.0.0.1:2113, got ${JSON.stringify(text)}`);
  }
  return url.href.replace(/\/+$/, '');
}
