import type { Http } from './http';
import type { Node } from './node';

export function metrics(_node: Node, _http: Http): string {
  return '# EOF\n';
}
