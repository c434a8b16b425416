import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What both stand-ins share: they know exactly the commands and flags of commands.json, they keep what they "made" in
// $STAND_IN_STATE/state.json, and they write down every call.

const folder = process.env.STAND_IN_STATE;
const { az, kubectl } = JSON.parse(readFileSync(join(import.meta.dirname, 'commands.json'), 'utf8'));
const KNOWN = { az, kubectl };

/** What the real programs print for a command line they do not know, and their exit status for it. */
export class UsageError extends Error {}

/** What the real programs print for a request that is refused. */
export class Refused extends Error {}

export function parse(program, argv) {
  const { commands, flags: everywhere } = KNOWN[program];
  const words = argv.filter((word, i) => !word.startsWith('-') && !takesValue(everywhere, argv[i - 1]));
  const name = Object.keys(commands).find((known) => words.join(' ').startsWith(known));
  if (!name) throw new UsageError(`unknown command: ${words.join(' ')}`);

  const command = commands[name];
  const known = { ...everywhere, ...command.flags };
  const rest = [...argv];
  for (const word of name.split(' ')) rest.splice(rest.indexOf(word), 1);
  const flags = {};
  const operands = [];
  while (rest.length > 0) {
    const flag = rest.shift();
    if (!flag.startsWith('-')) operands.push(flag);
    else if (!(flag in known)) throw new UsageError(`${name}: unknown flag ${flag}`);
    else if (flag in flags) throw new UsageError(`${name}: ${flag} twice`);
    else if (known[flag] === 'switch') flags[flag] = true;
    else if (known[flag] === 'many') {
      flags[flag] = [];
      while (rest.length > 0 && !rest[0].startsWith('-')) flags[flag].push(rest.shift());
    } else {
      const value = rest.shift();
      if (value === undefined) throw new UsageError(`${name}: ${flag} wants a value`);
      if (known[flag] !== '*' && !known[flag].includes(value)) {
        throw new UsageError(`${name}: ${flag} must be one of ${known[flag].join(', ')}, got ${value}`);
      }
      flags[flag] = value;
    }
  }
  if (operands.length !== (command.operands ?? 0)) throw new UsageError(`${name}: operands ${operands.join(' ')}`);
  const missing = (command.required ?? []).filter((flag) => !(flag in flags));
  if (missing.length > 0) throw new UsageError(`${name}: ${missing.join(', ')} missing`);
  return { name, flags, operands };
}

function takesValue(everywhere, flag) {
  return flag !== undefined && flag in everywhere && everywhere[flag] !== 'switch';
}

/** Runs `handler(call, state)`, which changes the state and returns what goes to stdout. */
export function main(program, handler) {
  const argv = process.argv.slice(2);
  const file = join(folder, 'state.json');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  const state = JSON.parse(before);
  const record = { program, argv };
  try {
    const call = parse(program, argv);
    record.command = call.name;
    const output = handler(call, state) ?? '';
    const after = `${JSON.stringify(state, null, 2)}\n`;
    record.changed = JSON.stringify(state) !== JSON.stringify(JSON.parse(before));
    if (record.changed) writeFileSync(file, after);
    if (output !== '') process.stdout.write(`${output}\n`);
  } catch (error) {
    record.error = error.message;
    process.stderr.write(`ERROR: ${error.message}\n`);
    process.exitCode = error instanceof UsageError ? 2 : error instanceof Refused ? 1 : 70;
  }
  appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify(record)}\n`);
}
