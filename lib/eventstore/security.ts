import { requireSyntax } from './azure-names';

/** Options of `EventStoreSecurity.secret()`. */
export interface SecretSecurityOptions {
  /**
   * The Secret in the cluster's namespace with the members' certificate: `tls.crt`, `tls.key` (RSA) and the authority's
   * own `ca.crt`, as cert-manager writes them. The certificate must hold the members' names,
   * `*.es-nodes.<namespace>.svc.cluster.local`, and serve as server and as client.
   */
  readonly certificateSecretName: string;
  /**
   * The Secret with the first passwords, under `admin` and `ops`. They count only when a new database starts for the
   * first time.
   *
   * @default - the server's own ("changeit"): change them at once
   */
  readonly passwordSecretName?: string;
}

/** The two of a mounted Secret's places. The trust directory holds the authority alone: the server refuses any other file. */
const CERTIFICATE = '/certs/node';
const AUTHORITY = '/certs/ca';

/** What security adds to a member's pod. @internal */
export interface SecurityParts {
  /** options of the server */
  readonly options: Record<string, string>;
  /** options of the server from the keys of a Secret */
  readonly secretOptions: Record<string, { readonly name: string; readonly key: string }>;
  /** folders with keys of a Secret */
  readonly files: { readonly path: string; readonly secretName: string; readonly keys: string[] }[];
  /** what curl needs to speak to a member */
  readonly curlOptions?: string;
}

/**
 * Who may speak to the members, and how.
 */
export class EventStoreSecurity {
  /**
   * No encryption, no users: whoever reaches a member may do everything. The NetworkPolicy decides who does.
   */
  public static insecure(): EventStoreSecurity {
    return new EventStoreSecurity(undefined);
  }

  /**
   * TLS between members and to clients, with users and passwords, from Secrets made beforehand.
   * No secret value ever stands in a manifest.
   */
  public static secret(options: SecretSecurityOptions): EventStoreSecurity {
    requireSyntax('secret name', options.certificateSecretName);
    requireSyntax('secret name', options.passwordSecretName);
    return new EventStoreSecurity(options);
  }

  /** Whether members demand TLS and users. */
  public readonly isSecure: boolean;

  /** The Secret whose `ca.crt` signs the members' certificates. */
  public readonly caSecretName?: string;

  /** @internal */
  public readonly _parts: SecurityParts;

  private constructor(options: SecretSecurityOptions | undefined) {
    this.isSecure = options !== undefined;
    this.caSecretName = options?.certificateSecretName;
    this._parts = options ? secretParts(options) : { options: { Insecure: 'true' }, secretOptions: {}, files: [] };
  }
}

function secretParts(options: SecretSecurityOptions): SecurityParts {
  const { certificateSecretName: secretName, passwordSecretName: passwords } = options;
  return {
    options: {
      CertificateFile: `${CERTIFICATE}/tls.crt`,
      CertificatePrivateKeyFile: `${CERTIFICATE}/tls.key`,
      TrustedRootCertificatesPath: AUTHORITY,
    },
    secretOptions: passwords
      ? {
          DefaultAdminPassword: { name: passwords, key: 'admin' },
          DefaultOpsPassword: { name: passwords, key: 'ops' },
        }
      : {},
    files: [
      { path: CERTIFICATE, secretName, keys: ['tls.crt', 'tls.key'] },
      { path: AUTHORITY, secretName, keys: ['ca.crt'] },
    ],
    // the node's certificate is what lets it ask for /info/options and resign
    curlOptions: `--cacert ${AUTHORITY}/ca.crt --cert ${CERTIFICATE}/tls.crt --key ${CERTIFICATE}/tls.key`,
  };
}
