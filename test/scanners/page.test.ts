import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCANNERS } from '../../scripts/scan/scanners';
import { currentPage } from '../../scripts/scan/table';
import { needs } from '../tools/tools';
import { ROOT } from './material';

describe.skipIf(needs(...SCANNERS.flatMap((scanner) => scanner.needs)))('docs/scanners.md', () => {
  it('holds the figures and exceptions of today: npm run scan:table', async () => {
    expect(readFileSync(join(ROOT, 'docs', 'scanners.md'), 'utf8')).toBe(await currentPage());
  });
});
