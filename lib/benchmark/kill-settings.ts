/** What the killer's ConfigMap tells its script. Times are in seconds. */
export interface KillSettings {
  /** Every member's own URL, by its name, which is its pod's. */
  readonly members: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** Kubernetes' API, without a slash at the end. */
  readonly api: string;
  /** Where the generators' k6 listens: the first one knows when the load starts. */
  readonly peers: string;
  /** The part of the load before the one that counts, from whose begin the kills are timed. */
  readonly warmup: number;
  /** InfluxDB's address for the marks of kills, where there is one. */
  readonly marks?: string;
  readonly kills: readonly { readonly at: number; readonly victim: string }[];
}
