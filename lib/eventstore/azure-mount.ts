import { EventStoreError } from '../errors';

/** Who owns the files of a mount. */
export interface Owner {
  readonly user: number;
  readonly group: number;
}

/**
 * Mount options of an NFS share: four connections, beyond which Azure gives no more; a port of any number, since Azure
 * may close one and the mount must come back.
 */
export function nfsMountOptions(given: string[] | undefined): string[] {
  const options = given ? separate(given) : ['nconnect=4', 'noresvport', 'actimeo=30'];
  refuse(options, /^(uid|gid|dir_mode|file_mode|nobrl|mfsymlinks|nosharesock|cache|nostrictsync)\b/, 'SMB', 'NFS');
  return options;
}

/**
 * Mount options of an SMB share. SMB knows no owners, so the server's user is one: a wrong one passes a smoke test and
 * ends the server at its first full chunk file, when it changes the file's mode. `nobrl`: SQLite and DuckDB in the
 * database folder break on SMB's mandatory locks. `nosharesock`: each member its own TCP connection.
 */
export function smbMountOptions(given: string[] | undefined, { user, group }: Owner): string[] {
  const owner = [`uid=${user}`, `gid=${group}`];
  const modes = ['dir_mode=0750', 'file_mode=0640'];
  if (!given) return [...owner, ...modes, 'nobrl', 'mfsymlinks', 'nosharesock', 'actimeo=30', 'cache=strict'];

  const options = separate(given);
  refuse(options, /^(nconnect|noresvport|vers=4|minorversion|sec=sys)\b/, 'NFS', 'SMB');
  const owners = options.filter((option) => /^[ug]id=/.test(option));
  const fault =
    (options.includes('nostrictsync') && 'nostrictsync drops fsync, so acknowledged events are lost: leave it out') ||
    (options.includes('cache=loose') && 'cache=loose can corrupt data: take cache=strict') ||
    (owners.sort().join() !== owner.sort().join() &&
      `the server runs as ${user}:${group} and must own its files: say uid=${user} and gid=${group} once`) ||
    (!options.includes('nobrl') && "the database's SQLite and DuckDB files cannot be locked over SMB: add nobrl");
  if (fault) {
    throw new EventStoreError('ES202', `mount options of an SMB share must keep data safe, got ${given}: ${fault}`);
  }
  return options;
}

/** Options one by one, also where several stand in one text. */
function separate(given: string[]): string[] {
  return given.flatMap((option) => option.split(',')).map((option) => option.trim());
}

function refuse(options: string[], foreign: RegExp, theirs: string, ours: string): void {
  const found = options.filter((option) => foreign.test(option));
  if (found.length > 0) {
    throw new EventStoreError(
      'ES204',
      `mount options ${found.join(',')} are for ${theirs}, got protocol ${ours}: leave them out or change the protocol`,
    );
  }
}
