let asJson = false;

export function logAsJson(): void {
  asJson = true;
}

/** A line of the log, which a container writes to its output. */
export function log(words: string, level: 'Information' | 'Fatal' = 'Information'): void {
  const time = new Date().toISOString();
  const line = asJson
    ? JSON.stringify({ '@t': time, '@m': words, ...(level === 'Fatal' ? { '@l': level } : {}) })
    : `[${String(process.pid).padStart(5)}, 1,${time.slice(11, 23)},${level === 'Fatal' ? 'FTL' : 'INF'}] ${words}`;
  process.stdout.write(`${line}\n`);
}
