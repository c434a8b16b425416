/** One colour a variant, told apart by people who see colours differently, on white and on black. */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8c6bb1', '#b8860b'];
/** Text and axes: readable on white and on black, since a picture does not know its page. */
export const INK = '#76808b';
const GRID = '#8a94a033';

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length];
}

export function escapeXml(text: string): string {
  return (
    text
      // not allowed in XML at all
      .replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '?')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  );
}

/** From values to places, with ticks at round values. */
export interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

export function linearScale(from: number, to: number, start: number, end: number, count = 5): Scale {
  const last = to > from ? to : from + 1;
  const rough = (last - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999) ?? rough;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= last + step * 1e-9; i++) ticks.push(round(i * step));
  return { ticks, at: (value) => start + ((value - from) / (last - from)) * (end - start) };
}

/** Ticks at 1, 2 and 5, or at powers of ten where those are many. */
export function logScale(from: number, to: number, start: number, end: number): Scale {
  const [low, high] = [Math.log10(from), Math.log10(to > from ? to : from * 2)];
  const mantissas = high - low > 2.5 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const mantissa of mantissas) {
      const value = round(mantissa * 10 ** power);
      if (value >= from * 0.9999 && value <= to * 1.0001) ticks.push(value);
    }
  }
  return { ticks, at: (value) => start + ((Math.log10(value) - low) / (high - low)) * (end - start) };
}

/** Without the last digits of binary fractions. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}

/** A picture in the making. Coordinates are rounded, so that the same data gives the same bytes. */
export class Picture {
  private readonly parts: string[] = [];

  constructor(
    public readonly width: number,
    public readonly height: number,
    private readonly title: string,
    private readonly description: string,
  ) {}

  line(x1: number, y1: number, x2: number, y2: number, colour = INK, extra = ''): void {
    this.parts.push(
      `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" stroke="${colour}"${extra && ` ${extra}`}/>`,
    );
  }

  grid(x1: number, y1: number, x2: number, y2: number): void {
    this.line(x1, y1, x2, y2, GRID);
  }

  path(points: readonly (readonly [number, number])[], colour: string, width = 1.5): void {
    const d = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('');
    this.parts.push(`<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"/>`);
  }

  bar(x: number, y: number, width: number, height: number, colour: string, opacity = 1): void {
    this.parts.push(
      `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(Math.max(0, height))}" fill="${colour}"${opacity < 1 ? ` fill-opacity="${opacity}"` : ''}/>`,
    );
  }

  dot(x: number, y: number, radius: number, colour: string, hollow = false): void {
    const fill = hollow ? `fill="none" stroke="${colour}" stroke-width="1.5"` : `fill="${colour}"`;
    this.parts.push(`<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" ${fill}/>`);
  }

  text(
    x: number,
    y: number,
    text: string,
    anchor: 'start' | 'middle' | 'end' = 'start',
    colour = INK,
    size = 12,
  ): void {
    const where = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
    this.parts.push(
      `<text x="${n(x)}" y="${n(y)}"${where} fill="${colour}" font-size="${size}">${escapeXml(text)}</text>`,
    );
  }

  toString(): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" role="img" font-family="system-ui, sans-serif">
<title>${escapeXml(this.title)}</title>
<desc>${escapeXml(this.description)}</desc>
${this.parts.join('\n')}
</svg>
`;
  }
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
