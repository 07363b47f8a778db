import {visibleLine} from '../../src/base/visible.ts';

/**
 * A text for Markdown that is shown literally, on one line: it makes no link or picture, code, HTML or end of a cell.
 * An address that is written out may still become a link to itself, and `*` and `_` may still italicise the text
 * between them.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replaceAll(
    /[\\|<`]|\](?=[([:])|&(?=#?\w+;)/g,
    (character) => `\\${character}`,
  );
}

const inLatex: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/**
 * A text for LaTeX that is shown literally, on one line. A character that cannot be shown becomes a question mark: no
 * font has `�`.
 */
export function escapeLatex(text: string): string {
  return (
    oneLine(text)
      .replaceAll('\ufffd', '?')
      .replaceAll(/[\\~^&%$#_{}]/g, (character) => inLatex[character] ?? `\\${character}`)
      // The end of a row, \\, takes what follows as an argument: [1cm] is a distance, * forbids a page break.
      .replace(/^ ?[[*]/, '{$&}')
  );
}

/** A text for the rest of a line of LaTeX after `%`. */
export function latexComment(text: string): string {
  return oneLine(text);
}

function oneLine(text: string): string {
  return visibleLine(text.replaceAll(/\s+/g, ' '));
}
