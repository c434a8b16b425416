/** A directive of nginx.conf: a line, or a block with others in it. */
export interface Directive {
  readonly name: string;
  readonly args: string[];
  readonly inner?: Directive[];
}

/** nginx.conf as a tree. Throws a SyntaxError where nginx would stop. */
export function parse(text: string): Directive[] {
  const tokens = text.match(/#[^\n]*|'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[{};]|[^\s{};'"#](?:\$\{|[^\s{};])*/g) ?? [];
  const words = tokens.filter((token) => !token.startsWith('#'));
  const directives = block(words);
  if (words.length > 0) throw new SyntaxError(`nginx.conf: a "}" too many before ${words[0]}`);
  return directives;
}

function block(words: string[], inside = false): Directive[] {
  const directives: Directive[] = [];
  let line: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === ';' && line.length > 0) directives.push({ name: line[0], args: line.slice(1) });
    else if (word === '{' && line.length > 0) {
      directives.push({ name: line[0], args: line.slice(1), inner: block(words, true) });
    } else if (word === '}' && inside && line.length === 0) return directives;
    else if (/^[{};]$/.test(word))
      throw new SyntaxError(`nginx.conf: ${word} in the wrong place after ${line.join(' ')}`);
    else {
      line.push(word);
      continue;
    }
    line = [];
  }
  if (inside || line.length > 0) throw new SyntaxError('nginx.conf: it ends in the middle of something');
  return directives;
}

/** The blocks of this name anywhere in the tree. */
export function blocks(tree: Directive[], name: string): Directive[] {
  return tree.flatMap((d) => [...(d.name === name && d.inner ? [d] : []), ...blocks(d.inner ?? [], name)]);
}

/** The arguments of the directives of this name in the blocks with this head, e.g. `location @append`. */
export function directives(tree: Directive[], head: string, name: string): string[] {
  const [kind, ...args] = head.split(' ');
  return blocks(tree, kind)
    .filter((found) => found.args.join(' ') === args.join(' '))
    .flatMap((found) => valuesOf(found.inner ?? [], name));
}

/** The arguments, as one text, of every directive of this name directly in here. */
export function valuesOf(inner: Directive[], name: string): string[] {
  return inner.filter((directive) => directive.name === name).map(({ args }) => args.join(' '));
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, '': 1000 };

/** A time of nginx in milliseconds, NaN for what is none. */
export function milliseconds(time: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h)?$/.exec(time) ?? [];
  return Number(amount) * UNITS[unit ?? ''];
}

/** A size of nginx in bytes, NaN for what is none. */
export function bytes(size: string): number {
  const [, amount, unit] = /^(\d+)([km])?$/.exec(size) ?? [];
  return Number(amount) * { k: 1024, m: 1024 ** 2, '': 1 }[unit ?? '']!;
}
