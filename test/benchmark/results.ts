import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extendPath } from '../tools/tools';

const ROOT = join(__dirname, '..', '..');

export interface Point {
  readonly metric: string;
  readonly type: string;
  readonly data: {
    readonly time: string;
    readonly value: number;
    readonly tags: Record<string, string>;
    readonly metadata?: Record<string, string>;
  };
}

/** What a run's folder holds. */
export class Results {
  constructor(public readonly folder: string) {}

  public get run(): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.folder, 'run.json'), 'utf8'));
  }

  /** k6's samples of a metric, of one generator. */
  public samples(metric: string, shard = 1): Point[] {
    const text = gunzipSync(readFileSync(join(this.folder, `shard-${shard}.ndjson.gz`))).toString();
    return text
      .split('\n')
      .filter((line) => line.includes(`"metric":"${metric}"`) && line.includes('"Point"'))
      .map((line) => JSON.parse(line));
  }

  public get audit(): Point[] {
    const lines = readFileSync(join(this.folder, 'audit.ndjson'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  /** The audit's count, such as of `lost` on the leader. */
  public total(kind: string, source = 'leader'): number | undefined {
    const found = this.audit.filter(
      ({ metric, data }) => metric === 'audit_total' && data.tags.class === kind && data.tags.source === source,
    );
    if (found.length > 1) throw new Error(`${kind} of ${source} is there ${found.length} times`);
    return found[0]?.data.value;
  }

  /** The events that the audit names, in the order of their ids. */
  public named(kind: string, source = 'leader'): { stream: string; event: string }[] {
    return this.audit
      .filter(({ metric, data }) => metric === 'audit_event' && data.tags.class === kind && data.tags.source === source)
      .map(({ data }) => ({ stream: data.metadata!.stream, event: data.metadata!.event }))
      .sort((a, b) => (a.event < b.event ? -1 : 1));
  }
}

/** The command line, as its users start it. */
export function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  extendPath();
  const command = ['--require', join(ROOT, 'node_modules/tsx/dist/cjs/index.cjs'), join(ROOT, 'main.ts'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}
