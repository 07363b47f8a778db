/** A command line up to the cursor, as a shell splits it. */
export interface ShellLine {
  /** The complete words, quotes taken off; the first is the program. */
  readonly words: readonly string[];
  /** The word at the cursor, quotes taken off; empty after a space. */
  readonly word: string;
  /** The same as it was typed. */
  readonly typed: string;
  /** The quotation mark that is open at the cursor, with the length of what is typed up to it and with it. */
  readonly openQuote?: {readonly mark: string; readonly end: number};
}

/** Splits a line into words. Quotes and backslashes mean what they mean in bash, zsh and fish; nothing is expanded. */
export function splitLine(line: string): ShellLine {
  const words: string[] = [];
  let word = '';
  let start: number | undefined;
  let quote: string | undefined;
  let quoteAt = 0;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (quote === undefined && /\s/.test(char)) {
      if (start !== undefined) words.push(word);
      word = '';
      start = undefined;
      continue;
    }
    start ??= at;
    if (quote === undefined && /['"]/.test(char)) [quote, quoteAt] = [char, at];
    else if (char === quote) quote = undefined;
    else if (char === '\\' && quote !== "'") word += line[++at] ?? '';
    else word += char;
  }
  return {
    words,
    word,
    typed: start === undefined ? '' : line.slice(start),
    ...(quote !== undefined && {openQuote: {mark: quote, end: quoteAt + 1 - start!}}),
  };
}

/**
 * Gives the text that bash inserts for a value. Bash replaces only what follows the open quotation mark or the last of its word
 * breaks, such as `=`, and inserts text as it is, so that a name may not contain anything that bash would expand.
 * `undefined`: the value cannot be written between these quotation marks.
 * @param value begins with the word at the cursor; one line
 * @param breaks the variable `COMP_WORDBREAKS`
 */
export function bashReplacement(
  value: string,
  {typed, openQuote}: ShellLine,
  breaks: string,
): string | undefined {
  const start = openQuote?.end ?? afterLastBreak(typed, breaks);
  const rest = value.slice(splitLine(typed.slice(0, start)).word.length);
  if (openQuote?.mark === "'") return rest.includes("'") ? undefined : rest;
  if (openQuote?.mark === '"') {
    // Bash keeps the backslash before an exclamation mark, and expands history without it.
    return rest.includes('!') ? undefined : rest.replaceAll(/[$`"\\]/g, '\\$&');
  }
  // A quoted tilde would not mean the home folder.
  return rest.replaceAll(/(?!^~\/)[^\w./:=@%+,-]/gu, '\\$&');
}

/** Where the part of a word begins that bash replaces. Quoted characters break no word. */
function afterLastBreak(typed: string, breaks: string): number {
  const isBreak = (char: string, at: number): boolean =>
    breaks.includes(char) &&
    !/['"\\]/.test(char) &&
    typed[at - 1] !== '\\' &&
    splitLine(typed.slice(0, at)).openQuote === undefined;
  return typed.split('').findLastIndex(isBreak) + 1;
}
