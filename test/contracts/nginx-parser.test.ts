import { describe, expect, it } from 'vitest';
import { mapped } from './nginx-maps';
import { bytes, directives, milliseconds, parse } from './nginx-parser';

describe('nginx.conf is read as nginx reads it', () => {
  it('directives, blocks, texts and comments', () => {
    const tree = parse(`daemon off; # not ; this {
      http { log_format a '$x; }' "b"; location = /a { return 200 "ok\\n"; } }`);
    expect(tree.map(({ name, args }) => [name, ...args])).toEqual([['daemon', 'off'], ['http']]);
    expect(tree[1].inner?.[0].args).toEqual(['a', "'$x; }'", '"b"']);
    expect(directives(tree, 'location = /a', 'return')).toEqual(['200 "ok\\n"']);
  });

  it.each(['a', 'a {', 'a { b; ', 'a; }', '{ a; }', 'a b { c }', ';'])('%j is none', (text) => {
    expect(() => parse(text)).toThrow(SyntaxError);
  });

  it('a map finds an exact entry first, then an expression, then the default', () => {
    const tree = parse(`map $a $b { default d; ~^GE x; GET y; ~*^post z; '' nothing; }`);
    const values = ['GET', 'GEX', 'POSTED', 'PUT', ''].map((text) => mapped(tree, '$b', text));
    expect(values).toEqual(['y', 'x', 'z', 'd', 'nothing']);
    expect(mapped(parse('map $a $b { a b; }'), '$b', 'c')).toBe('');
    expect(mapped(tree, '$c', 'GET')).toBeUndefined();
  });

  it('times and sizes', () => {
    expect(['10s', '7000ms', '1h', '5', '2m'].map(milliseconds)).toEqual([10_000, 7000, 3_600_000, 5000, 120_000]);
    expect(['16k', '1m', '30'].map(bytes)).toEqual([16_384, 1_048_576, 30]);
    expect([milliseconds('x'), bytes('1g')]).toEqual([Number.NaN, Number.NaN]);
  });
});
