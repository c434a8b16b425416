import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Finding } from './finding';

/** A finding that is known and meant. */
export interface Exception {
  readonly tool: string;
  readonly rule: string;
  /** `Kind/name`, where `*` stands for any text and `[1-7]` for one sign. */
  readonly object: string;
  /** Only objects that this library made, with this `app.kubernetes.io/component` or, for `*`, all of them. */
  readonly component?: string;
  readonly reason: string;
}

const FIELDS = ['tool', 'rule', 'object', 'component', 'reason'];
const REQUIRED = ['tool', 'rule', 'object', 'reason'];

/** Throws one line about an entry that is not whole: an exception without a reason is none. */
export function readExceptions(file: string): Exception[] {
  const entries: unknown = parse(readFileSync(file, 'utf8')) ?? [];
  if (!Array.isArray(entries)) throw new Error(`${file} must be a list of exceptions`);
  for (const [i, entry] of entries.entries()) {
    const given = Object.entries(entry ?? {});
    const wrong = [
      ...given.filter(([name]) => !FIELDS.includes(name)).map(([name]) => `unknown field ${name}`),
      ...given.filter(([, value]) => typeof value !== 'string').map(([name]) => `${name} is no text`),
      ...REQUIRED.filter((name) => !String(entry?.[name] ?? '').trim()).map((name) => `${name} is missing`),
    ];
    if (wrong.length > 0) throw new Error(`${file}, exception ${i + 1}: ${wrong.join(', ')}`);
  }
  return entries;
}

/** What the exceptions leave, and those exceptions without which nothing more would be found. */
export function applyExceptions(findings: readonly Finding[], exceptions: readonly Exception[]) {
  const left: Finding[] = [];
  const needed = new Set<Exception>();
  for (const finding of findings) {
    const matching = exceptions.filter((exception) => matches(exception, finding));
    if (matching.length === 0) left.push(finding);
    // of two that both match, neither is needed: one of them says too much
    if (matching.length === 1) needed.add(matching[0]);
  }
  return { left, needless: exceptions.filter((exception) => !needed.has(exception)) };
}

function matches(exception: Exception, finding: Finding): boolean {
  const { tool, rule, object, component } = exception;
  return (
    tool === finding.tool &&
    rule === finding.rule &&
    (component === undefined || (finding.component !== undefined && pattern(component).test(finding.component))) &&
    pattern(object).test(finding.object)
  );
}

/** `*` is any text and `[1-7]` one sign; all else stands for itself. */
function pattern(glob: string): RegExp {
  return new RegExp(`^${glob.replace(/[.+?^${}()|\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}
