import { readFileSync } from 'node:fs';
import { EventStoreError } from '../lib/errors';
import { nearest } from '../lib/nearest';
import { FLAGS } from './flags';

/** What flags or a config file say, by flag. */
export type Given = Record<string, unknown>;

/** Reads a config file: YAML, of which JSON is a part. Keys are flags, in camel case or as on the command line. */
export function readConfig(file: string): Given {
  // loaded here, since most runs have no config file and would pay for it
  const { parse } = require('yaml') as typeof import('yaml');
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new EventStoreError(
      'ES002',
      `config file ${file} cannot be read: ${reason(error)}; give an existing file with YAML or JSON`,
    );
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new EventStoreError(
      'ES003',
      `config file ${file} must hold flags and their values, got ${kindOf(content)}: write lines like "nodes: 3"`,
    );
  }
  const given: Given = {};
  for (const [key, value] of Object.entries(content)) {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const flag = FLAGS[name];
    if (!flag) {
      const meant = nearest(name, Object.keys(FLAGS));
      throw new EventStoreError(
        'ES003',
        `config file ${file} must hold flags only, got ${key}${meant ? `: did you mean ${camelCase(meant)}` : ': see --help'}`,
      );
    }
    requireKind(file, key, flag.kind, value);
    given[name] = flag.kind === 'number' ? String(value) : value;
  }
  return given;
}

const KINDS = { number: 'number', text: 'text', switch: 'true or false', list: 'a list of texts' };

function requireKind(file: string, path: string, kind: keyof typeof KINDS, value: unknown): void {
  if (kind === 'list' && Array.isArray(value)) {
    value.forEach((item, index) => {
      requireKind(file, `${path}[${index}]`, 'text', item);
    });
    return;
  }
  const right = {
    number: typeof value === 'number',
    text: typeof value === 'string',
    switch: typeof value === 'boolean',
    list: typeof value === 'string',
  };
  if (!right[kind]) {
    const hint = kind === 'text' && typeof value === 'number' ? `: put it in quotes, "${value}"` : '';
    throw new EventStoreError(
      'ES003',
      `config file ${file}: ${path} must be ${KINDS[kind]}, got ${kindOf(value)}${hint}`,
    );
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  return typeof value === 'object' ? 'a map' : JSON.stringify(value);
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0].replace(/:$/, '');
}
