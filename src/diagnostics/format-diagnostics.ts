import type {Diagnostic, Note} from './diagnostic.ts';
import type {SourceFile, Span} from './span.ts';

/** How wide an excerpt of a source line may get, in characters. */
const excerptWidth = 120;

/**
 * Diagnostics as people read them, each ending in a newline and separated by an empty line:
 * place, code and message, the source line, a mark under what is meant, notes and suggestion.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  {color = false}: {readonly color?: boolean} = {},
): string {
  const layout = new Layout(color);
  return diagnostics.map((diagnostic) => layout.block(diagnostic)).join('\n');
}

class Layout {
  readonly #color: boolean;
  readonly #lineStarts = new Map<SourceFile, readonly number[]>();

  constructor(color: boolean) {
    this.#color = color;
  }

  block({code, severity, message, span, notes, suggestion}: Diagnostic): string {
    const kind = this.#paint(severity === 'error' ? 31 : 33, `${severity} ${code}`);
    const lines = [
      `${this.#paint(1, this.#place(span))} ${kind}: ${printable(message)}`,
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
  #place({file, start}: Span): string {
    const line = this.#lineOf(file, start);
    const lineStart = this.#startsOf(file)[line]!;
    const column = Array.from(file.text.slice(lineStart, start)).length + 1;
    return `${printable(file.name)}:${line + 1}:${column}`;
  }

  /** The first line of the span and the mark under it. */
  #excerpt({file, start, end}: Span): readonly string[] {
    const lineStart = this.#startsOf(file)[this.#lineOf(file, start)]!;
    const text = /^[^\r\n]*/.exec(file.text.slice(lineStart, start + 4 * excerptWidth))![0];
    const before = Array.from(printable(text.slice(0, start - lineStart)));
    const marked = Array.from(printable(text.slice(start - lineStart, end - lineStart).trimEnd()));
    const after = Array.from(printable(text.slice(start - lineStart + marked.join('').length)));

    if (before.length + marked.length + after.length === 0) return [];

    const dropped = Math.max(0, before.length - excerptWidth / 2);
    const shown = before.slice(dropped);
    const rest = [...marked, ...after];
    const line = [
      dropped > 0 ? '…' : '',
      ...shown,
      ...rest.slice(0, excerptWidth),
      rest.length > excerptWidth ? '…' : '',
    ].join('');
    // Tabs stay tabs, so that the mark stands under the text at any tab width.
    const indent = (dropped > 0 ? ' ' : '') + shown.join('').replace(/[^\t]/gu, ' ');
    const mark = marked.length > 1 ? '~'.repeat(Math.min(marked.length, excerptWidth)) : '^';
    return [`  ${line}`.trimEnd(), `  ${indent}${this.#paint(32, mark)}`];
  }

  #lineOf(file: SourceFile, offset: number): number {
    const starts = this.#startsOf(file);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #startsOf(file: SourceFile): readonly number[] {
    let starts = this.#lineStarts.get(file);
    if (starts === undefined) {
      starts = [0, ...Array.from(file.text.matchAll(/\n/g), (newline) => newline.index + 1)];
      this.#lineStarts.set(file, starts);
    }
    return starts;
  }

  #paint(style: number, text: string): string {
    return this.#color ? `\u001b[${style}m${text}\u001b[0m` : text;
  }
}

/** Control characters could move the cursor or recolour the terminal: shown, not sent. */
function printable(text: string): string {
  return text.replace(/[^\P{C}\t]/gu, '\uFFFD');
}
