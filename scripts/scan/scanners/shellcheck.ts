import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellScripts } from '../parts';
import { parseOutput, runProgram } from '../program';
import { count, type Scanner } from '../scanner';

/** Every shell script, in the dialect of its own shell. */
export const shellcheck: Scanner = {
  name: 'shellcheck',
  needs: ['shellcheck'],
  async scan(material, { folder, program }) {
    const scripts = shellScripts(material);
    const findings = [];
    for (const [i, { text, shell, places }] of scripts.entries()) {
      const path = join(folder, `${i}.sh`);
      writeFileSync(path, text);
      const args = ['--shell', shell, '--format', 'json', '--norc', path];
      const said: Comment[] = parseOutput('shellcheck', await runProgram(program('shellcheck'), args));
      for (const { code, line, message } of said) {
        for (const place of places) {
          findings.push({ tool: 'shellcheck', rule: `SC${code}`, ...place, message: `line ${line}: ${message}` });
        }
      }
    }
    return { findings, looked: count(scripts.length, 'script') };
  },
};

interface Comment {
  readonly code: number;
  readonly line: number;
  readonly message: string;
}
