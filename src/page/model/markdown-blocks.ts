import type {Block} from './parts.ts';

/** The tables of a Markdown text; everything else becomes paragraphs of plain text. */
export function markdownBlocks(markdown: string): readonly Block[] {
  const parts = markdown.replaceAll('\r\n', '\n').split(/\n\s*\n/);
  return parts.flatMap((part) => {
    const text = part.trim();
    return text === '' ? [] : [tableIn(text) ?? {kind: 'text', text}];
  });
}

function tableIn(text: string): Block | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const [head, rule, ...body] = lines;
  if (head === undefined || rule === undefined || !/^\|?[\s|:-]+\|?$/.test(rule)) return undefined;
  if (!rule.includes('-') || lines.some((line) => !line.includes('|'))) return undefined;
  const titles = cellsOf(head);
  const rules = cellsOf(rule);
  const row = (line: string): readonly string[] => {
    const cells = cellsOf(line);
    return titles.map((_, index) => cells[index] ?? '');
  };
  return {
    kind: 'table',
    head: titles,
    isRight: titles.map((_, index) => (rules[index] ?? '').endsWith(':')),
    rows: body.map(row),
  };
}

/** Markdown allows any ASCII punctuation after a backslash. */
const escape = /\\([!-/:-@[-`{-~])/g;

/** The cells of `| a | b \| c |`. */
function cellsOf(line: string): readonly string[] {
  const inner = line.replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll(escape, '$1'));
}
