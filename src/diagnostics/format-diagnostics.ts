import type {Diagnostic, Note} from './diagnostic.ts';
import {lineStartOf, placeOf} from './place-of.ts';
import type {Span} from './span.ts';

/** Number of diagnostics that are shown. */
const maxShown = 100;
/** Limit of a message's length, in characters, because it contains the user's names. */
const maxMessage = 1000;
/** Limit of the width of an excerpt of a source line, in characters. */
const excerptWidth = 120;
/** What stands beside an excerpt on a terminal: its indent, two marks for what is cut, and a column that stays free. */
const margin = 5;
/** An excerpt in fewer characters would say nothing. */
const narrowest = 20;

/**
 * Diagnostics as text, each ending in a newline and separated by an empty line: place, code and message, the source
 * line with a mark under the mistake, notes and suggestion. Of very many, the first hundred and the number of further
 * ones.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  {color = false, columns = Infinity}: {readonly color?: boolean; readonly columns?: number} = {},
): string {
  const layout = new Layout(color, columns);
  const blocks = diagnostics.slice(0, maxShown).map((diagnostic) => layout.block(diagnostic));
  const more = diagnostics.length - blocks.length;
  if (more > 0) blocks.push(`… and ${more} more.\n`);
  return blocks.join('\n');
}

class Layout {
  readonly #color: boolean;
  /** How many characters of a source line fit into one of the terminal. Absent: there is no terminal. */
  readonly #width: number | undefined;

  constructor(color: boolean, columns: number) {
    this.#color = color;
    this.#width = Number.isFinite(columns) ? Math.max(columns - margin, narrowest) : undefined;
  }

  block({code, severity, message, span, notes, suggestion}: Diagnostic): string {
    const kind = this.#paint(severity === 'error' ? 31 : 33, `${severity} ${code}`);
    const lines = [
      `${this.#paint(1, this.#place(span))} ${kind}: ${printable(shorten(message))}`,
      ...this.#excerpt(span),
      ...notes.map((note) => `  note: ${this.#note(note)}`),
    ];
    if (suggestion !== undefined) lines.push(`  did you mean ${printable(suggestion)}?`);
    return lines.map((line) => `${line}\n`).join('');
  }

  #note({message, span}: Note): string {
    return printable(span === undefined ? message : `${message} (${this.#place(span)})`);
  }

  /** `file:line:column`, both counted from 1, columns in characters. */
  #place(span: Span): string {
    const {line, column} = placeOf(span);
    return `${printable(span.file.name)}:${line}:${column}`;
  }

  /** The first line of the span, cut around it if it is long, and the mark under it. */
  #excerpt({file, start, end}: Span): readonly string[] {
    const lineStart = lineStartOf(file, start);
    const nearStart = Math.max(lineStart, start - 2 * excerptWidth);
    const rest = /^[^\r\n]*/.exec(file.text.slice(start, start + 2 * excerptWidth))![0];
    const marked = rest.slice(0, end - start).trimEnd();
    const before = charactersOf(file.text.slice(nearStart, start));
    const after = charactersOf(rest);
    if (before.length + after.length === 0) return [];

    const shown = before.slice(-Math.floor((this.#width ?? excerptWidth) / 2));
    const room = this.#width === undefined ? excerptWidth : this.#width - shown.length;
    const cut = nearStart > lineStart || shown.length < before.length ? '…' : '';
    const tail = after.length > room ? '…' : '';
    const line = `${cut}${shown.join('')}${after.slice(0, room).join('')}${tail}`;
    // Tabs stay tabs, so that the mark is below the text for any tab width.
    const indent = `${cut && ' '}${shown.join('').replace(/[^\t]/gu, ' ')}`;
    const width = Math.min(charactersOf(marked).length, room);
    const mark = width > 1 ? '~'.repeat(width) : '^';
    return [`  ${line}`.trimEnd(), `  ${indent}${this.#paint(32, mark)}`];
  }

  #paint(style: number, text: string): string {
    return this.#color ? `\u001b[${style}m${text}\u001b[0m` : text;
  }
}

function shorten(message: string): string {
  return message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message;
}

function charactersOf(text: string): readonly string[] {
  return Array.from(printable(text));
}

/**
 * Replaces control characters, which could move the cursor or recolour the terminal, and characters without width,
 * since one of them may be the mistake.
 */
function printable(text: string): string {
  return text.replace(/(?!\t)[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
