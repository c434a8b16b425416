/** What a table shows where there is nothing to show. */
export const NONE = '–';

type Maybe = number | undefined;

function shown(value: Maybe, format: (value: number) => string): string {
  return value === undefined || !Number.isFinite(value) ? NONE : format(value);
}

/** 1234567 as 1,234,567. */
export function integer(value: Maybe): string {
  return shown(value, (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ','));
}

/** At least three digits: 877.9, 41.2, 0.123. */
export function decimal(value: Maybe): string {
  return shown(value, (n) => {
    const size = Math.abs(n);
    if (size >= 1000 || n === 0) return integer(n);
    return n.toFixed(size >= 100 ? 1 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
  });
}

/** Milliseconds, in the unit that reads best. */
export function time(value: Maybe): string {
  return shown(value, (ms) => {
    if (ms >= 600_000) return `${(ms / 60_000).toFixed(1)} min`;
    if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
    if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
    return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
  });
}

/** Seconds. */
export function seconds(value: Maybe): string {
  return shown(value, (s) => `${s >= 100 ? Math.round(s) : Number(s.toFixed(1))} s`);
}

/** 1.25×. */
export function ratio(value: Maybe): string {
  return shown(value, (n) => `${n >= 100 ? n.toFixed(0) : n.toFixed(2)}×`);
}

/** A share of one. */
export function percent(value: Maybe): string {
  return shown(value, (share) => {
    const parts = share * 100;
    return `${parts === 0 ? '0' : parts < 1 ? parts.toFixed(3) : parts.toFixed(parts < 10 ? 2 : 1)} %`;
  });
}

/** Bytes. */
export function size(value: Maybe): string {
  return shown(value, (bytes) => {
    if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
    return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
  });
}

/** a, b and c. */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** 1 run, 2 runs. */
export function plural(count: number, word: string): string {
  return `${integer(count)} ${word}${count === 1 ? '' : 's'}`;
}
