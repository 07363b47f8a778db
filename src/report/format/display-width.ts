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
/** East Asian scripts and emoji take two columns. */
const doubleWidth =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function characterWidth(character: string): number {
  if (zeroWidth.test(character)) return 0;
  return doubleWidth.test(character) ? 2 : 1;
}
