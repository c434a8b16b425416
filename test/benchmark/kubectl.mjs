#!/usr/bin/env node
// Stands in for kubectl, as far as bench:fetch uses it: the pods are in $CLUSTER/pods.json, each one's files in
// $CLUSTER/NAME, its log in $CLUSTER/NAME.log, and its run.sh is the real one.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { CLUSTER, RUN_SH } = process.env;
const args = process.argv.slice(2);
appendFileSync(join(CLUSTER, 'calls.log'), `${args.join(' ')}\n`);
const words = args.filter(
  (word, i) => !/^--(namespace|context)$/.test(word) && !/^--(namespace|context)$/.test(args[i - 1]),
);

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

const [verb, name] = words;
if (existsSync(join(CLUSTER, 'broken'))) fail('The connection to the server was refused');
if (verb === 'get' && name === 'pods') process.stdout.write(readFileSync(join(CLUSTER, 'pods.json')));
else if (verb === 'logs') process.stdout.write(readFileSync(join(CLUSTER, `${name}.log`)));
else if (verb === 'exec') {
  const [, shell, script, ...rest] = words.slice(2);
  if (shell !== 'sh' || script !== '/scripts/run.sh') fail(`unknown command ${words.join(' ')}`);
  const index = /-(\d+)-/.exec(name)?.[1] ?? '0';
  const env = { ...process.env, RESULTS: join(CLUSTER, name), JOB_COMPLETION_INDEX: index };
  process.exit(spawnSync('sh', [RUN_SH, ...rest], { stdio: 'inherit', env }).status);
} else fail(`unknown command ${words.join(' ')}`);
