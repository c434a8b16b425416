import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxConfigs } from '../parts';
import { parseOutput, runProgram } from '../program';
import { count, type Scanner } from '../scanner';

/** Insecure configurations of nginx. */
export const gixy: Scanner = {
  name: 'gixy',
  needs: ['gixy'],
  async scan(material, { folder, program }) {
    const configs = nginxConfigs(material);
    const paths = new Map(configs.map((config, i) => [join(folder, `${i}.conf`), config]));
    for (const [path, { text }] of paths) writeFileSync(path, text);
    const looked = count(configs.length, 'nginx.conf');
    if (configs.length === 0) return { findings: [], looked };

    const outcome = await runProgram(program('gixy'), ['--format', 'json', ...paths.keys()]);
    const findings = (parseOutput('gixy', outcome) as Issue[]).flatMap(
      ({ path, plugin, severity, summary, reason }) => {
        const config = paths.get(path);
        if (!config) throw new Error(`gixy named ${path}, which it was not given`);
        return config.places.map((place) => ({
          ...{ tool: 'gixy', rule: plugin, ...place },
          ...{ message: reason || summary, level: severity.toLowerCase() },
        }));
      },
    );
    return { findings, looked };
  },
};

interface Issue {
  readonly path: string;
  readonly plugin: string;
  readonly severity: string;
  readonly summary: string;
  readonly reason: string;
}
