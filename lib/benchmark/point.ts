/** A line of a result file, of the shape that k6 writes. */
export function point(
  metric: string,
  value: number,
  tags: Record<string, string>,
  metadata?: Record<string, string>,
  time = Date.now(),
): string {
  const data = { time: new Date(time).toISOString(), value, tags, ...(metadata && { metadata }) };
  return JSON.stringify({ metric, type: 'Point', data });
}
