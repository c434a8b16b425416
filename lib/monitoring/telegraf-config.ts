/** A member whose `/metrics` is read. */
export interface ScrapedMember {
  readonly url: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly member: string;
  /** the file with the authority of its certificate; set where it speaks TLS and asks for a user */
  readonly ca?: string;
}

/** What Telegraf is told. */
export interface TelegrafInput {
  readonly members: ScrapedMember[];
  /** whose pods are written down */
  readonly namespaces: string[];
  readonly influxdbUrl: string;
  readonly database: string;
  readonly token: string;
  readonly healthPort: number;
}

/** The environment variables with the databases' user. */
export const USER_VARIABLE = 'EVENTSTORE_USERNAME';
export const PASSWORD_VARIABLE = 'EVENTSTORE_PASSWORD';

/** Seconds between two looks: the members' own maxima are made for scrapes of 15 s. */
export const INTERVAL_SECONDS = 15;

/** telegraf.conf. All texts that come in are names of Kubernetes objects or made of them, so none needs escapes. */
export function telegrafConfig(input: TelegrafInput): string {
  return [agent(), kubelets(input), ...input.members.map(member), output(input)].join('\n');
}

function agent(): string {
  return `[agent]
  interval = "${INTERVAL_SECONDS}s"
  # times are whole intervals and no host is named: what all members say lies in one instant, and while a new pod takes
  # over, both write the same points
  round_interval = true
  precision = "${INTERVAL_SECONDS}s"
  omit_hostname = true
  skip_processors_after_aggregators = true
  flush_interval = "5s"
  metric_batch_size = 5000
  # what is kept while InfluxDB is away
  metric_buffer_limit = 100000
`;
}

function kubelets({ namespaces, token }: TelegrafInput): string {
  const list = namespaces.map((namespace) => `'${namespace}'`).join(', ');
  return `# pods, their volumes and their machines, as every kubelet tells it
[[inputs.kubernetes]]
  # empty: the kubelets of all machines that the API server knows
  url = ""
  # read again for every question, since it is exchanged every hour
  bearer_token = "${token}"
  # Telegraf sets this by itself when it finds the machines by itself: most kubelets' certificates are self-signed. What
  # it shows them is a token that can read these figures and nothing else.
  insecure_skip_verify = true
  response_timeout = "5s"
  namedrop = ["kubernetes_system_container"]
  # an upgrade would begin a new series
  tagexclude = ["image", "version"]
  metricpass = "!('namespace' in tags) || tags.namespace in [${list}]"
`;
}

function member({ url, namespace, cluster, member, ca }: ScrapedMember): string {
  const access = ca
    ? `  username = "\${${USER_VARIABLE}}"
  password = "\${${PASSWORD_VARIABLE}}"
  tls_ca = "${ca}"
`
    : '';
  return `[[inputs.prometheus]]
  urls = ["${url}"]
  metric_version = 2
  ignore_timestamp = true
${access}  timeout = "5s"
  tagexclude = ["url", "otel_scope_*"]
  [inputs.prometheus.tags]
    namespace = "${namespace}"
    cluster = "${cluster}"
    member = "${member}"
`;
}

function output({ influxdbUrl, database, healthPort }: TelegrafInput): string {
  return `[[outputs.influxdb]]
  urls = ["${influxdbUrl}"]
  database = "${database}"
  # InfluxDB makes it itself, with its retention
  skip_database_creation = true
  timeout = "5s"

# answers 503 when nothing has been collected for a while: the pod is then not ready
[[outputs.health]]
  service_address = "http://:${healthPort}"
  max_time_between_metrics = "${INTERVAL_SECONDS * 4}s"
`;
}
