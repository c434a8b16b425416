import type { Size } from 'cdk8s';

/** A size as Kubernetes writes it back: another spelling of the same makes every apply look like a change. */
export function sizeText(size: Size): string {
  return inUnits(size.toKibibytes(), ['Ki', 'Mi', 'Gi', 'Ti', 'Pi']);
}

function inUnits(amount: number, [unit, ...larger]: string[]): string {
  return amount % 1024 === 0 && larger.length > 0 ? inUnits(amount / 1024, larger) : `${amount}${unit}`;
}
