/** Something that a scanner complains of. */
export interface Finding {
  readonly tool: string;
  /** The scanner's own name for what is wrong. */
  readonly rule: string;
  /** `Kind/name`, or the path of a file that holds no object. */
  readonly object: string;
  /** Which construct of this library made the object: its label `app.kubernetes.io/component`. */
  readonly component?: string;
  readonly file: string;
  readonly message: string;
  /** Where the scanner has levels. */
  readonly level?: string;
}

/** One line for people. */
export function describeFinding({ tool, rule, object, file, message }: Finding): string {
  return `${tool} ${rule}: ${object === file ? file : `${object} in ${file}`}: ${message.trim().replace(/\s+/g, ' ')}`;
}
