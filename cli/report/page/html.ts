import type { Block, Table } from './document';
import { escapeXml } from './svg';

const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --faint: #6e7781; --line: #d0d7de; --page: #ffffff; --stripe: #f6f8fa }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --faint: #8b949e; --line: #30363d; --page: #0d1117; --stripe: #161b22 } }
body { margin: 2rem auto; max-width: 78rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page) }
h1 { font-size: 1.7rem } h2 { margin-top: 2.4rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem } h3 { margin-top: 1.6rem }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top } th { color: var(--faint); font-weight: 600 }
tbody tr:nth-child(even) { background: var(--stripe) } .n { text-align: right; white-space: nowrap }
.banner { padding: .8rem 1rem; border-radius: 6px; margin: 1rem 0; color: #fff } .red { background: #b31d28 } .grey { background: #57606a } .green { background: #1a7f37 }
figure { margin: 1rem 0 } p, li { max-width: 62rem } td:not(:last-child) { white-space: nowrap } figure svg { max-width: 100%; height: auto } figcaption { color: var(--faint); font-size: .85rem }
`;

/** One file that needs no other: no script, no font, no picture from elsewhere. */
export function toHtml(title: string, blocks: readonly Block[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${blocks.map(block).join('\n')}
</body>
</html>
`;
}

function block(of: Block): string {
  switch (of.kind) {
    case 'heading':
      return `<h${of.level}>${escapeXml(of.text)}</h${of.level}>`;
    case 'paragraph':
      return `<p>${escapeXml(of.text)}</p>`;
    case 'banner':
      return `<div class="banner ${of.tone}" role="status"><strong>${escapeXml(of.lead)}</strong> ${escapeXml(of.text)}</div>`;
    case 'list':
      return `<ul>\n${of.items.map((item) => `<li>${escapeXml(item)}</li>`).join('\n')}\n</ul>`;
    case 'chart':
      return `<figure>\n${of.svg.trim()}\n<figcaption>${escapeXml(of.caption)}</figcaption>\n</figure>`;
    case 'table':
      return tableText(of);
  }
}

function tableText({ columns, rows }: Table): string {
  const cell = (tag: string, text: string, index: number) =>
    `<${tag}${columns[index].numbers ? ' class="n"' : ''}>${escapeXml(text)}</${tag}>`;
  return [
    '<div class="wide"><table>',
    `<thead><tr>${columns.map(({ title }, index) => cell('th', title, index)).join('')}</tr></thead>`,
    '<tbody>',
    ...rows.map((cells) => `<tr>${cells.map((text, index) => cell('td', text, index)).join('')}</tr>`),
    '</tbody></table></div>',
  ].join('\n');
}
