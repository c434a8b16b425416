import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCHMARK_SCRIPTS } from '../../lib/benchmark/scripts.generated';
import { extendPath } from '../tools/tools';

/** Folders as a pod has them, with the scripts as the ConfigMap brings them. */
export class Pod {
  public readonly scripts: string;
  public readonly results: string;

  constructor(
    folder: string,
    private readonly environment: Record<string, string>,
    settings: object,
  ) {
    this.scripts = join(folder, 'scripts');
    this.results = join(folder, 'results');
    mkdirSync(this.scripts, { recursive: true });
    for (const [name, text] of Object.entries(BENCHMARK_SCRIPTS)) writeFileSync(join(this.scripts, name), text);
    writeFileSync(join(this.scripts, 'settings.json'), JSON.stringify(settings));
  }

  /** `sh run.sh ARGUMENTS…` */
  public generator(shell: readonly string[], ...args: string[]): Process {
    return this.start([...shell, join(this.scripts, 'run.sh'), ...args]);
  }

  /** As the killer's container is started. */
  public killer(): Process {
    const flags = ['run', '--quiet', '--log-format', 'raw', '--log-output', 'stdout'];
    return this.start(['k6', ...flags, join(this.scripts, 'kills.js')]);
  }

  private start(command: string[]): Process {
    extendPath();
    return new Process(
      spawn(command[0], command.slice(1), {
        env: {
          PATH: process.env.PATH,
          HOME: '/tmp',
          K6_NO_USAGE_REPORT: 'true',
          K6_AUTO_EXTENSION_RESOLUTION: 'false',
          SCRIPTS: this.scripts,
          SETTINGS: join(this.scripts, 'settings.json'),
          RESULTS: this.results,
          ...this.environment,
        },
      }),
    );
  }
}

export class Process {
  public readonly ended: Promise<{ code: number; stdout: Buffer; stderr: string }>;

  constructor(public readonly child: ChildProcess) {
    const out: Buffer[] = [];
    let stderr = '';
    child.stdout!.on('data', (data) => out.push(data));
    child.stderr!.on('data', (data) => {
      stderr += data;
    });
    this.ended = new Promise((resolve) =>
      child.on('close', (code, signal) => {
        if (signal) stderr += signal;
        resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr });
      }),
    );
  }
}
