import {eastAsianWidth} from 'get-east-asian-width';

/** The number of terminal columns of a text after `visibleText`: the replacement of a control character takes one. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The longest prefix of a text that fits, with an ellipsis if something was cut off. */
export function truncateToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  let width = 1; // The ellipsis.
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** A text that fits, with an ellipsis in place of its middle, because names differ at their ends. */
export function shortenToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const end = Math.floor((columns - 1) / 2);
  const start = truncateToWidth(text, columns - end);
  const characters = Array.from(text);
  let kept = '';
  let width = 0;
  for (const character of characters.toReversed()) {
    width += characterWidth(character);
    if (width > end) break;
    kept = character + kept;
  }
  return start + kept;
}

/** Combining marks and joiners take no column. */
const zeroWidth = /^(?!\p{Bidi_Control})[\p{M}\p{Cf}]$/u;

function characterWidth(character: string): number {
  return zeroWidth.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);
}
