import type { Banner, Block, Table } from './document';

const SIGNS: Record<Banner['tone'], string> = { red: '🔴', grey: '⚪', green: '🟢' };

export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(block).join('\n\n')}\n`;
}

function block(of: Block): string {
  switch (of.kind) {
    case 'heading':
      return `${'#'.repeat(of.level)} ${plain(of.text)}`;
    case 'paragraph':
      return plain(of.text);
    case 'banner':
      return `> ${SIGNS[of.tone]} **${plain(of.lead)}** ${plain(of.text)}`;
    case 'list':
      return of.items.map((item) => `- ${plain(item)}`).join('\n');
    case 'chart':
      return `![${plain(of.caption)}](${of.file})`;
    case 'table':
      return tableText(of);
  }
}

function tableText({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => plain(title))),
    line(columns.map(({ numbers }) => (numbers ? '--:' : ':--'))),
    ...rows.map((cells) => line(cells.map(plain))),
  ].join('\n');
}

/** Names of streams and errors come from outside. */
function plain(text: string): string {
  return text
    .replace(/[\\`*_|[\]#~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\s+/g, ' ');
}
