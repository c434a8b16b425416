import type { Banner, Block, Table } from './document';

const SIGNS: Record<Banner['tone'], string> = { red: '🔴', grey: '⚪', green: '🟢' };

export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(block).join('\n\n')}\n`;
}

function block(of: Block): string {
  switch (of.kind) {
    case 'heading':
      return `${'#'.repeat(of.level)} ${escape(of.text)}`;
    case 'paragraph':
      return escape(of.text);
    case 'banner':
      return `> ${SIGNS[of.tone]} **${escape(of.lead)}** ${escape(of.text)}`;
    case 'list':
      return of.items.map((item) => `- ${escape(item)}`).join('\n');
    case 'chart':
      return `![${escape(of.caption)}](${of.file})`;
    case 'table':
      return tableText(of);
  }
}

function tableText({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => escape(title))),
    line(columns.map(({ numbers }) => (numbers ? '--:' : ':--'))),
    ...rows.map((cells) => line(cells.map(escape))),
  ].join('\n');
}

/** Names of streams and errors come from outside. */
function escape(text: string): string {
  return text
    .replace(/[\\`*_|[\]#~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\s+/g, ' ');
}
