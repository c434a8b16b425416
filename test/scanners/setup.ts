import { SCANNERS } from '../../scripts/scan/scanners';
import { provide } from '../tools/setup';

/** Before the scanners' tests: in CI their programs are installed, on a laptop missing ones are named. */
export default function setup(): void {
  provide([...new Set(SCANNERS.flatMap(({ needs }) => needs))], 'npm run test:tools -- scanners');
}
