import { resources, secretFiles } from '../kubernetes/hardening';
import * as k8s from '../kubernetes/k8s';
import { pod } from '../kubernetes/pod';
import { DASHBOARDS_FOLDER, DATASOURCES_FILE, PROVIDERS_FILE } from './grafana-provisioning';
import { type Part, QUICK_MOVE } from './parts';

export const GRAFANA_PORT = 3000;

/** The last line that has InfluxDB built in: from 13 on it is a plug-in that wants to write into the image. */
const IMAGE = 'docker.io/grafana/grafana:12.4.3';
/** The image's own. */
const USER = 472;
const PROVISIONING_FOLDER = '/etc/grafana/provisioning';
const ADMIN_FOLDER = '/etc/monitoring/admin';
const TLS_FOLDER = '/etc/monitoring/tls';

/** What Grafana's pod is made from. */
export interface GrafanaPodInput {
  readonly part: Part;
  readonly image?: string;
  /** ConfigMap with the provisioning */
  readonly config: string;
  /** ConfigMaps with the dashboards */
  readonly dashboards: string[];
  /** the first one to be seen */
  readonly home?: string;
  readonly anonymous: boolean;
  readonly secretName?: string;
  readonly tlsSecretName?: string;
}

/** The template of Grafana's pod. */
export function grafanaPod(input: GrafanaPodInput): k8s.PodTemplateSpec {
  const files = (name: string, mountPath: string, secretName: string | undefined) =>
    secretName ? [{ name, mountPath, secret: secretFiles(secretName) }] : [];
  const secrets = [...files('admin', ADMIN_FOLDER, input.secretName), ...files('tls', TLS_FOLDER, input.tlsSecretName)];
  const port = k8s.IntOrString.fromNumber(GRAFANA_PORT);
  const health = { httpGet: { path: '/api/health', port, ...(input.tlsSecretName && { scheme: 'HTTPS' }) } };
  return pod({
    labels: input.part.labels,
    serviceAccount: input.part.name,
    user: USER,
    group: USER,
    spec: { tolerations: QUICK_MOVE },
    container: {
      name: 'grafana',
      image: input.image ?? IMAGE,
      env: Object.entries(environment(input)).map(([name, value]) => ({ name, value })),
      ports: [{ name: 'http', containerPort: GRAFANA_PORT }],
      startupProbe: { ...health, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 90 },
      livenessProbe: { tcpSocket: { port }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
      readinessProbe: { ...health, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
      resources: resources(
        { cpu: '100m', memory: '192Mi', 'ephemeral-storage': '128Mi' },
        { cpu: '1', memory: '512Mi', 'ephemeral-storage': '1Gi' },
      ),
      volumeMounts: [
        {
          name: 'config',
          mountPath: `${PROVISIONING_FOLDER}/datasources/${DATASOURCES_FILE}`,
          subPath: DATASOURCES_FILE,
          readOnly: true,
        },
        {
          name: 'config',
          mountPath: `${PROVISIONING_FOLDER}/dashboards/${PROVIDERS_FILE}`,
          subPath: PROVIDERS_FILE,
          readOnly: true,
        },
        { name: 'dashboards', mountPath: DASHBOARDS_FOLDER, readOnly: true },
        ...secrets.map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
        { name: 'data', mountPath: '/var/lib/grafana' },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
    volumes: [
      { name: 'config', configMap: { name: input.config } },
      // as folders, not single files: a changed dashboard is seen without a restart
      { name: 'dashboards', projected: { sources: input.dashboards.map((name) => ({ configMap: { name } })) } },
      ...secrets.map(({ name, secret }) => ({ name, secret })),
      // its own database, which holds nothing that the ConfigMaps and the Secret do not say again at the next start
      { name: 'data', emptyDir: { sizeLimit: k8s.Quantity.fromString('512Mi') } },
      { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('128Mi') } },
    ],
  });
}

function environment({ home, anonymous, secretName, tlsSecretName }: GrafanaPodInput): Record<string, string> {
  return {
    ...(home && { GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${DASHBOARDS_FOLDER}/${home}.json` }),
    // a viewer without a login looks at everything and changes nothing
    GF_AUTH_ANONYMOUS_ENABLED: String(anonymous),
    ...(anonymous && { GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer' }),
    ...(secretName
      ? {
          GF_SECURITY_ADMIN_USER__FILE: `${ADMIN_FOLDER}/admin-user`,
          GF_SECURITY_ADMIN_PASSWORD__FILE: `${ADMIN_FOLDER}/admin-password`,
        }
      : // or there would be an "admin" whose password everybody knows
        { GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true', GF_AUTH_DISABLE_LOGIN_FORM: 'true' }),
    ...(tlsSecretName && {
      GF_SERVER_PROTOCOL: 'https',
      GF_SERVER_CERT_FILE: `${TLS_FOLDER}/tls.crt`,
      GF_SERVER_CERT_KEY: `${TLS_FOLDER}/tls.key`,
      GF_SECURITY_COOKIE_SECURE: 'true',
    }),
    GF_USERS_ALLOW_SIGN_UP: 'false',
    // nothing is told to the vendor or asked of it, and nothing written beside the two volumes
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_LOG_MODE: 'console',
  };
}
