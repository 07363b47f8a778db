import {visibleLine} from '../../src/base/visible.ts';

/**
 * A text for Markdown that shows it as it is, on one line: no link or picture, code, HTML or end of a cell. An address that
 * is written out may still become a link to itself, and `*` and `_` may slant what is between them.
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

/** A text for LaTeX that shows it as it is, on one line. What cannot be shown is a question mark: no font has `�`. */
export function escapeLatex(text: string): string {
  return (
    oneLine(text)
      .replaceAll('\ufffd', '?')
      .replaceAll(/[\\~^&%$#_{}]/g, (character) => inLatex[character] ?? `\\${character}`)
      // The end of a row, \\, takes what begins the next one for its own: [1cm] is a distance, * forbids a new page.
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
