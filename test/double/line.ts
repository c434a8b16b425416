import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which release this double is one of, and how that line calls things. */
export interface Line {
  readonly version: string;
  /** `26.0` */
  readonly name: string;
  readonly isKurrent: boolean;
  /** prefixes of environment variables; a later one wins */
  readonly prefixes: readonly string[];
  /** `application/vnd.kurrent` */
  readonly mediaType: string;
  /** of response headers: `Kurrent` */
  readonly header: string;
  readonly author: string;
  readonly metricPrefix: string;
  readonly scope: string;
  readonly uiPath: string;
  readonly configFile: string;
  readonly dataFolder: string;
}

/** The version stands in the file `line` beside the program (an image's), or in DOUBLE_VERSION (a test's). */
export function lineOf(version = bakedVersion()): Line {
  const [major, minor] = version.split('.');
  const isKurrent = Number(major) >= 25;
  const folder = isKurrent ? 'kurrentdb' : 'eventstore';
  return {
    version,
    name: `${major}.${minor}`,
    isKurrent,
    prefixes: isKurrent ? ['EVENTSTORE_', 'KURRENTDB_'] : ['EVENTSTORE_'],
    mediaType: `application/vnd.${isKurrent ? 'kurrent' : 'eventstore'}`,
    header: isKurrent ? 'Kurrent' : 'ES',
    author: isKurrent ? 'Kurrent' : 'EventStore',
    metricPrefix: folder,
    scope: isKurrent ? 'KurrentDB' : 'EventStore',
    // 25.1 was not looked at in a browser: as 26.0
    uiPath: isKurrent ? '/ui/cluster' : '/web/index.html',
    configFile: `/etc/${folder}/${folder}.conf`,
    dataFolder: `/var/lib/${folder}`,
  };
}

function bakedVersion(): string {
  const file = join(__dirname, 'line');
  return process.env.DOUBLE_VERSION ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : '26.0.3');
}
