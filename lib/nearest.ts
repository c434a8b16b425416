/**
 * The name that was probably meant; undefined when none is near.
 *
 * @param fold what makes two spellings of one name equal
 */
export function nearest(given: string, names: string[], fold = (name: string) => name): string | undefined {
  const wanted = fold(given);
  let found: string | undefined;
  let least = Math.min(4, Math.max(2, Math.floor(wanted.length / 3))) + 1; // more than this is another word
  for (const name of names) {
    const distance = editDistance(wanted, fold(name));
    if (distance < least) [found, least] = [name, distance];
  }
  return found;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
