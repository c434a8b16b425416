import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, type Material, readMaterial } from '../../scripts/scan/manifests';

export const ROOT = join(__dirname, '..', '..');

/** Every folder of goldens, whichever test they belong to. */
const GOLDENS = readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name === 'golden')
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();

/** Everything that this project writes: dist/ is applied as a whole, each golden is a whole of its own. */
export function ours(): Material {
  const dist = join(ROOT, 'dist');
  const paths = [dist, ...GOLDENS].filter((folder) => existsSync(folder)).flatMap(filesIn);
  return readMaterial(paths, ROOT, (path) => (path.startsWith(`${dist}/`) ? dist : path));
}
