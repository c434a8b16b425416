import type { Exception } from './exceptions';
import { describeFinding, type Finding } from './finding';
import type { Material } from './manifests';
import type { Report } from './scan';
import { allObjects, count } from './scanner';

/** How many findings are printed; the rest is a number. */
const SHOWN = 200;

/** What was looked at. */
export function describeMaterial(material: Material): string {
  const { files, scripts, passedOver } = material;
  return [
    `${count(allObjects(material).length, 'object')} in ${count(files.size, 'file')}`,
    ...(scripts.size > 0 ? [count(scripts.size, 'shell script')] : []),
    ...(passedOver.length > 0 ? [`${count(passedOver.length, 'file')} without a manifest passed over`] : []),
  ].join(', ');
}

/** One line for each scanner: what it looked at, what it found, how long it took. */
export function describeRuns({ runs, left, missing }: Report): string {
  const rows = runs.map(({ scanner, seconds, findings, looked }) => {
    const open = left.filter(({ tool }) => tool === scanner).length;
    return [scanner, `${open} left of ${count(findings.length, 'finding')}`, `${seconds.toFixed(1)} s`, looked];
  });
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column].length)));
  return [
    ...rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()),
    ...missing.map(
      ({ scanner, tools }) => `  ${scanner.padEnd(widths[0])}  NOT CHECKED: ${tools.join(', ')} not found`,
    ),
  ].join('\n');
}

export function describeFindings(findings: readonly Finding[]): string {
  const more = findings.length - SHOWN;
  return [...findings.slice(0, SHOWN).map(describeFinding), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

export function describeException({ tool, rule, object, component }: Exception): string {
  return `${tool} ${rule} of ${object}${component ? ` (${component})` : ''}`;
}
