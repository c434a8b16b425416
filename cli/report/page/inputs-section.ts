import { clock, type Variant } from '../figures/cells';
import { type Block, heading, paragraph, table } from './document';
import { integer, NONE, size } from './format';

export function inputs(variants: readonly Variant[]): Block[] {
  const rows = variants.flatMap(({ name, runs }) =>
    runs.map(({ figures, data }) => [
      name,
      figures.name,
      data ? `${data.ends.length} of k6’s JSON` : 'text summary',
      data ? integer(data.lines) : NONE,
      data ? size(data.bytes) : NONE,
      figures.warmup === undefined ? NONE : clock(figures.warmup),
      Object.entries(figures.settings)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ') || NONE,
    ]),
  );
  const unread = variants.flatMap(({ unread: paths }) => paths);
  return [
    heading(2, 'What was read'),
    table(['variant', 'run', 'files', 'lines #', 'size #', 'warm-up #', 'settings'], rows),
    ...(unread.length > 0 ? [paragraph(`Not read, since they are no results: ${unread.join(', ')}.`)] : []),
  ];
}
