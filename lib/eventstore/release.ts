import { EventStoreError } from '../errors';
import { environmentName, optionName, optionOn, whyAbsent } from './options';

/** What differs from the vendor's own image. */
export interface EventStoreReleaseOptions {
  /**
   * Another registry that mirrors the vendor's under the same names: it takes the place of the host, and may have a
   * path. Not together with `image`.
   *
   * @default - the vendor's registry
   * @example 'example.azurecr.io'
   */
  readonly registry?: string;
  /**
   * Another repository, with its registry and without a tag. It needs the vendor's tags.
   *
   * @default - the vendor's repository for the line
   * @example 'example.azurecr.io/database/kurrentdb'
   */
  readonly image?: string;
  /**
   * The digest of the image, `sha256:` and 64 hexadecimal digits. It, not the tag, then says which image runs.
   *
   * @default - none: the tag says which image runs
   */
  readonly digest?: string;
  /**
   * The user id that the server runs as. Files on existing volumes belong to the user that wrote them.
   *
   * @default - the image's own: 1000 up to 25.1, 1001 from 26.0 on
   */
  readonly user?: number;
  /**
   * The group id that the server runs as, and that volumes are given to.
   *
   * @default - `user` where that is given, else the image's own: 1000 up to 25.1, 1001 from 26.0 on
   */
  readonly group?: number;
}

const EVENTSTOREDB = {
  product: 'EventStoreDB',
  environmentPrefix: 'EVENTSTORE',
  executable: '/opt/eventstore/EventStore.ClusterNode',
  folder: 'eventstore',
  metricPrefix: 'eventstore',
  countersHaveTotal: false,
  servesMetrics: true,
  connectionScheme: 'esdb',
  mediaTypePrefix: 'application/vnd.eventstore',
  uiPath: '/web',
  user: 1000,
};

const KURRENTDB = {
  product: 'KurrentDB',
  environmentPrefix: 'KURRENTDB',
  executable: '/opt/kurrentdb/KurrentDB',
  folder: 'kurrentdb',
  metricPrefix: 'kurrentdb',
  countersHaveTotal: true,
  servesMetrics: true,
  connectionScheme: 'kurrentdb',
  mediaTypePrefix: 'application/vnd.kurrent',
  uiPath: '/ui/cluster',
  user: 1001,
};

interface Line extends Readonly<typeof KURRENTDB> {
  /** the newest patch that was read, which the line's name alone stands for */
  readonly version: string;
  readonly repository: string;
  readonly tagSuffix?: string;
  readonly longTermSupport: boolean;
  readonly supportEnds: string;
}

/** The lines, oldest first. A new one is an entry here; options that came or went with it go into `options.ts`. */
// biome-ignore format: a line's facts in two lines
const LINES: Record<string, Line> = {
  '23.10': { ...EVENTSTOREDB, version: '23.10.7', repository: 'docker.io/eventstore/eventstore',
    tagSuffix: '-bookworm-slim', longTermSupport: true, supportEnds: 'October 2025' },
  '24.10': { ...EVENTSTOREDB, version: '24.10.14', repository: 'docker.eventstore.com/eventstore/eventstoredb-ee',
    longTermSupport: true, supportEnds: 'not before November 2026' },
  '25.1': { ...KURRENTDB, version: '25.1.4', repository: 'docker.kurrent.io/kurrent-latest/kurrentdb',
    user: 1000, longTermSupport: false, supportEnds: 'January 2026' },
  '26.0': { ...KURRENTDB, version: '26.0.3', repository: 'docker.kurrent.io/kurrent-lts/kurrentdb',
    longTermSupport: true, supportEnds: 'not before January 2028' },
  '26.1': { ...KURRENTDB, version: '26.1.0', repository: 'docker.kurrent.io/kurrent-latest/kurrentdb',
    longTermSupport: false, supportEnds: 'with the next line' },
};

const HOST = '[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?(?::[0-9]{1,5})?';
const PATH = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const REGISTRY = new RegExp(`^${HOST}(?:/${PATH})*$`);
const REPOSITORY = new RegExp(`^(?:${HOST}/)?${PATH}(?:/${PATH})*$`);
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const VERSION = /^(\d+\.\d+)(?:\.\d+(?:-[0-9A-Za-z][-0-9A-Za-z.]*)?)?$/;

/**
 * A version of EventStoreDB or KurrentDB and all that differs with it: image, user, names, paths, options.
 *
 * The server refuses to start on one option that it does not know. Ask the release, and the mistake shows when
 * manifests are made.
 */
export class EventStoreRelease {
  /** The line that clusters run when nobody says otherwise: the newest with long-term support. */
  public static readonly DEFAULT_LINE = '26.0';

  /** The lines that are known, oldest first. */
  public static lines(): string[] {
    return Object.keys(LINES);
  }

  /**
   * A line (`26.0`), which stands for the newest patch known of it, or a full version (`24.10.8`).
   *
   * @param version the line or version
   * @param options what differs from the vendor's image
   */
  public static of(version: string, options: EventStoreReleaseOptions = {}): EventStoreRelease {
    const line = VERSION.exec(version)?.[1] ?? '';
    if (!Object.hasOwn(LINES, line)) {
      throw new EventStoreError(
        'ES401',
        `server version must be one of the lines ${Object.keys(LINES).join(', ')} or a version of one, like 26.0.3, got ${JSON.stringify(version)}: choose one of these lines`,
      );
    }
    return new EventStoreRelease(line, version === line ? LINES[line].version : version, options);
  }

  /** The line, `26.0`. */
  public readonly line: string;
  /** The full version, `26.0.3`. */
  public readonly version: string;
  /** `EventStoreDB` up to 24.10, `KurrentDB` since. */
  public readonly product: string;
  /** The image, with tag and, where one was given, digest. */
  public readonly image: string;
  /** The user id that the server runs as. */
  public readonly user: number;
  /** The group id that the server runs as. */
  public readonly group: number;
  /** `EVENTSTORE` or `KURRENTDB`: what the server's environment variables begin with, without the underscore. */
  public readonly environmentPrefix: string;
  /** The image's entry point. */
  public readonly executable: string;
  /** Where the server keeps its data unless told otherwise. */
  public readonly dataDirectory: string;
  /** Where the server writes log files unless told otherwise. */
  public readonly logDirectory: string;
  /** Where the image has its configuration file. */
  public readonly configDirectory: string;
  /** `eventstore` or `kurrentdb`: what the names of metrics begin with. */
  public readonly metricPrefix: string;
  /** Whether the names of counters end in `_total`. */
  public readonly countersHaveTotal: boolean;
  /** Whether members tell their figures under `/metrics`, as all lines since 23.6 do. */
  public readonly servesMetrics: boolean;
  /** `esdb` or `kurrentdb`: the scheme of connection strings. */
  public readonly connectionScheme: string;
  /** What the server's own media types begin with; `.events+json` and the like follow. */
  public readonly mediaTypePrefix: string;
  /** Where the server's web pages are. */
  public readonly uiPath: string;
  /** Whether the vendor supports the line for years. */
  public readonly longTermSupport: boolean;
  /** When the vendor's support ends or ended, in words. */
  public readonly supportEnds: string;

  private constructor(name: string, version: string, options: EventStoreReleaseOptions) {
    const line = LINES[name];
    this.line = name;
    this.version = version;
    this.product = line.product;
    this.image = imageOf(line, version, options);
    this.user = requireId('user', options.user ?? line.user);
    this.group = requireId('group', options.group ?? this.user);
    this.environmentPrefix = line.environmentPrefix;
    this.executable = line.executable;
    this.dataDirectory = `/var/lib/${line.folder}`;
    this.logDirectory = `/var/log/${line.folder}`;
    this.configDirectory = `/etc/${line.folder}`;
    this.metricPrefix = line.metricPrefix;
    this.countersHaveTotal = line.countersHaveTotal;
    this.servesMetrics = line.servesMetrics;
    this.connectionScheme = line.connectionScheme;
    this.mediaTypePrefix = line.mediaTypePrefix;
    this.uiPath = line.uiPath;
    this.longTermSupport = line.longTermSupport;
    this.supportEnds = line.supportEnds;
  }

  /**
   * Whether the server knows this option.
   *
   * @param option its name in any spelling: `NodeIp`, `NODE_IP`, `KURRENTDB_NODE_IP`, `Licensing__LicenseKey`
   */
  public hasOption(option: string): boolean {
    return optionOn(this.line, this.version, optionName(option)) !== undefined;
  }

  /**
   * The environment variable that sets an option: `KURRENTDB_NODE_IP` for `NodeIp`. Fails with ES402 when the server
   * does not know the option.
   *
   * @param option its name in any spelling
   */
  public environmentVariable(option: string): string {
    const name = optionName(option);
    if (!optionOn(this.line, this.version, name)) {
      const shown = /^\w+$/.test(option) ? option : JSON.stringify(option);
      const { server, reason } = whyAbsent(this, name, Object.keys(LINES));
      throw new EventStoreError('ES402', `option ${shown} does not exist in ${server}: ${reason}`);
    }
    return `${this.environmentPrefix}_${environmentName(name)}`;
  }

  /**
   * Whether the server wants a licence key for this option. Never true on 23.10, which knows no keys.
   *
   * @param option its name in any spelling
   * @param value what it is set to; without one, the answer is for values that turn the feature on
   */
  public needsLicense(option: string, value?: string): boolean {
    const free = this.hasOption('Licensing__LicenseKey')
      ? optionOn(this.line, this.version, optionName(option))?.free
      : undefined;
    return free !== undefined && value?.toLowerCase() !== free;
  }
}

function imageOf(line: Line, version: string, options: EventStoreReleaseOptions): string {
  const { registry, image, digest } = options;
  if (registry !== undefined && image !== undefined) {
    throw new EventStoreError('ES404', `registry must not stand beside image, got ${registry}: put it into image`);
  }
  requireForm('registry', registry, REGISTRY, 'a host, perhaps with a port and a path', 'example.azurecr.io');
  requireForm('image', image, REPOSITORY, 'a repository without tag or digest', 'example.azurecr.io/kurrentdb');
  requireForm('digest', digest, DIGEST, '"sha256:" and 64 digits of 0-9 and a-f', 'the one that the registry shows');
  const repository = image ?? (registry ? line.repository.replace(/^[^/]+/, registry) : line.repository);
  const tag = version.includes('-') ? version : `${version}${line.tagSuffix ?? ''}`;
  return `${repository}:${tag}${digest ? `@${digest}` : ''}`;
}

function requireForm(what: string, given: string | undefined, form: RegExp, allowed: string, example: string): void {
  if (given === undefined || form.test(given)) return;
  throw new EventStoreError('ES404', `${what} must be ${allowed}, got ${JSON.stringify(given)}: give ${example}`);
}

function requireId(what: string, given: number): number {
  if (Number.isInteger(given) && given >= 1 && given <= 2 ** 31 - 1) return given;
  throw new EventStoreError('ES404', `${what} must be 1 to 2147483647, got ${given}: the server never runs as root`);
}
