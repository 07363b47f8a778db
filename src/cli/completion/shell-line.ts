/** A command line up to the cursor, as a shell splits it. */
export interface ShellLine {
  /** The complete words, quotes taken off; the first is the program. */
  readonly words: readonly string[];
  /** The word at the cursor, quotes taken off; empty after a space. */
  readonly word: string;
  /** The same as it was typed. */
  readonly typed: string;
  /** The quotation mark that is open at the cursor. */
  readonly openQuote?: string;
}

/** Splits a line into words. Quotes and backslashes mean what they mean in bash, zsh and fish; nothing is expanded. */
export function splitLine(line: string): ShellLine {
  const words: string[] = [];
  let word = '';
  let start: number | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (quote === undefined && /\s/.test(char)) {
      if (start !== undefined) words.push(word);
      word = '';
      start = undefined;
      continue;
    }
    start ??= at;
    if (quote === undefined && /['"]/.test(char)) quote = char;
    else if (char === quote) quote = undefined;
    else if (char === '\\' && quote !== "'") word += line[++at] ?? '';
    else word += char;
  }
  return {
    words,
    word,
    typed: start === undefined ? '' : line.slice(start),
    ...(quote !== undefined && {openQuote: quote}),
  };
}

/**
 * What bash has to be given for a value: it replaces only what follows the last of its word breaks, such as `=`, and
 * inserts text as it is.
 * @param value begins with the word at the cursor
 * @param breaks the variable `COMP_WORDBREAKS`
 */
export function bashReplacement(
  value: string,
  {typed, openQuote}: ShellLine,
  breaks: string,
): string {
  if (openQuote !== undefined) return value;
  const isBreak = (at: number): boolean =>
    breaks.includes(typed[at]!) && !/['"\\]/.test(typed[at]!) && typed[at - 1] !== '\\';
  const last = Array.from(typed, (_, at) => at).findLast(isBreak);
  const kept = last === undefined ? '' : splitLine(typed.slice(0, last + 1)).word;
  // A quoted tilde would not mean the home folder.
  return value.slice(kept.length).replaceAll(/(?!^~\/)[^\w./:=@%+,-]/gu, (char) => `\\${char}`);
}
