/** A Markdown table; cells are already Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

/** Plain text as a table cell. */
export function cell(text) {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('<', '\\<')
    .replaceAll(/`[^`]*`|\*/g, (found) => (found === '*' ? '\\*' : found));
}
