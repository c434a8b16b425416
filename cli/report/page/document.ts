/** A page as what it says, apart from how: Markdown and HTML are made from the same, and so cannot contradict each other. */
export type Block = Heading | Paragraph | Banner | Table | List | Chart;

export interface Heading {
  readonly kind: 'heading';
  readonly level: 1 | 2 | 3;
  readonly text: string;
}

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly text: string;
}

export interface Banner {
  readonly kind: 'banner';
  readonly tone: 'red' | 'grey' | 'green';
  readonly lead: string;
  readonly text: string;
}

export interface Table {
  readonly kind: 'table';
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly title: string;
  readonly numbers?: boolean;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly string[];
}

export interface Chart {
  readonly kind: 'chart';
  readonly file: string;
  /** what it shows, in words */
  readonly caption: string;
  readonly svg: string;
}

export function heading(level: 1 | 2 | 3, text: string): Heading {
  return { kind: 'heading', level, text };
}

export function paragraph(text: string): Paragraph {
  return { kind: 'paragraph', text };
}

export function bullets(items: readonly string[]): Block[] {
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

/** `names` ending in `#` are columns of numbers. */
export function table(names: readonly string[], rows: readonly (readonly string[])[]): Table {
  const columns = names.map(
    (name): Column => (name.endsWith('#') ? { title: name.slice(0, -1).trim(), numbers: true } : { title: name }),
  );
  return { kind: 'table', columns, rows };
}
