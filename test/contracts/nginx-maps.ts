import { blocks, type Directive } from './nginx-parser';

/** What `map` makes of a text: an exact entry first, then expressions in their order, then the default. */
export function mapped(tree: Directive[], variable: string, text: string): string | undefined {
  const map = blocks(tree, 'map').find(({ args }) => args[1] === variable);
  if (!map) return undefined;
  const entries = (map.inner ?? []).filter(({ args }) => args.length === 1).map(({ name, args }) => [name, args[0]]);
  const found =
    entries.find(([key]) => bare(key) === text) ??
    entries.find(([key]) => key.startsWith('~') && expression(key).test(text)) ??
    entries.find(([key]) => key === 'default');
  return bare(found?.[1] ?? '');
}

function expression(key: string): RegExp {
  const ignoreCase = key.startsWith('~*');
  return new RegExp(key.slice(ignoreCase ? 2 : 1), ignoreCase ? 'i' : '');
}

function bare(text: string): string {
  return text.replace(/^(['"])(.*)\1$/, '$2');
}

/** How a request is treated, by what stands in the map's key: method, headers of a long poll, and `retry`. */
export const REQUESTS: Record<string, string> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'append',
  GET10: 'poll',
  HEAD5: 'poll',
  GET1010: 'poll',
  // a write does not become anything else by a header that means nothing to it
  POST10: 'append',
  PUT: 'once',
  DELETE: 'once',
  PUT10: 'once',
  PATCH: 'once',
  OPTIONS: 'once',
};
