import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from '../program';
import { allObjects, count, placeOf, type Scanner } from '../scanner';

/** Its default rules, warnings too. */
const CONFIG = 'extends: default';
const LINE = /^(.+?):(\d+):\d+: \[(?:error|warning)\] (.*?)(?: \(([\w-]+)\))?$/;

/** How the YAML is written: doubled keys, odd indentation, trailing blanks. */
export const yamllint: Scanner = {
  name: 'yamllint',
  needs: ['yamllint'],
  async scan(material, { folder, program }) {
    const yaml = [...material.files].filter(([file]) => !file.endsWith('.json'));
    const names = new Map(yaml.map(([file], i) => [join(folder, 'files', String(i), file), file]));
    for (const [path, file] of names) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, material.files.get(file) ?? '');
    }
    const objects = allObjects(material);
    const args = ['-d', CONFIG, '-f', 'parsable', join(folder, 'files')];
    const { stdout } = yaml.length > 0 ? await runProgram(program('yamllint'), args) : { stdout: '' };
    const findings = stdout
      .split('\n')
      .filter(Boolean)
      .map((text) => {
        const [, path, number, message, rule] = LINE.exec(text) ?? [];
        const file = names.get(path);
        if (!file) throw new Error(`yamllint said what cannot be read: ${text}`);
        const line = Number(number);
        const located = objects.find((o) => o.file === file && o.lines[0] <= line && line <= o.lines[1]);
        const place = located ? placeOf(located) : { object: file, file };
        return { tool: 'yamllint', rule: rule ?? 'syntax', ...place, message: `line ${line}: ${message}` };
      });
    return { findings, looked: count(yaml.length, 'file') };
  },
};
