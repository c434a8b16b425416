import { createHash } from 'node:crypto';

/** Ten characters that stand for the content: a ConfigMap with them in its name rolls the pods that read it. */
export function contentHash(content: Record<string, string>): string {
  const canonical = JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('hex').slice(0, 10);
}
