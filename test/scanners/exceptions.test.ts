import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { applyExceptions, type Exception, readExceptions } from '../../scripts/scan/exceptions';
import type { Finding } from '../../scripts/scan/finding';

const finding: Finding = {
  tool: 'checkov',
  rule: 'CKV_K8S_15',
  object: 'StatefulSet/es',
  component: 'node',
  file: 'a.yaml',
  message: 'no',
};
const exception: Exception = { tool: 'checkov', rule: 'CKV_K8S_15', object: 'StatefulSet/*', reason: 'so' };

describe('an exception', () => {
  it.each<[string, Partial<Exception>]>([
    ['another tool', { tool: 'kube-score' }],
    ['another rule', { rule: 'CKV_K8S_1' }],
    ['another kind', { object: 'Deployment/*' }],
    ['a part of the name', { object: 'StatefulSet/e' }],
    ['a sign that is not there', { object: 'StatefulSet/e[1-7]' }],
    ['another component', { component: 'frontend' }],
  ])('takes no finding of %s, and is reported as needless', (_, change) => {
    const other = { ...exception, ...change };
    expect(applyExceptions([finding], [other])).toEqual({ left: [finding], needless: [other] });
  });

  it.each(['StatefulSet/*', '*', 'StatefulSet/e[r-t]', 'S*/es'])('takes a finding that %s matches', (object) => {
    expect(applyExceptions([finding], [{ ...exception, object }])).toEqual({ left: [], needless: [] });
  });

  it('for a component does not take what this library did not make', () => {
    const foreign = { ...finding, component: undefined };
    for (const component of ['node', '*']) {
      expect(applyExceptions([foreign], [{ ...exception, component }]).left).toEqual([foreign]);
      expect(applyExceptions([finding], [{ ...exception, component }]).left).toEqual([]);
    }
  });

  it('is needless beside another that takes the same', () => {
    const other = { ...exception, object: '*' };
    expect(applyExceptions([finding], [exception, other]).needless).toEqual([exception, other]);
    const more = { ...finding, object: 'Pod/a' };
    expect(applyExceptions([finding, more], [exception, other]).needless).toEqual([exception]);
  });
});

describe('a file of exceptions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'exceptions-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const read = (text: string) => {
    writeFileSync(join(folder, 'e.yaml'), text);
    return readExceptions(join(folder, 'e.yaml'));
  };

  it.each([
    ['- {tool: a, rule: b, object: c}', /exception 1: reason is missing$/],
    ['- {tool: a, rule: b, object: c, reason: " "}', /exception 1: reason is missing$/],
    ['- {tool: a, rule: 1, object: c, reason: d}', /exception 1: rule is no text$/],
    ['- {tool: a, rule: b, object: c, reason: d, because: e}', /exception 1: unknown field because$/],
    ['- null', /exception 1: tool is missing, rule is missing, object is missing, reason is missing$/],
    ['tool: a', /must be a list of exceptions$/],
  ])('is refused where it is not whole: %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('may be empty', () => {
    expect(read('')).toEqual([]);
  });
});
