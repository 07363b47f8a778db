/** A text from elsewhere as one line, without what would move the cursor. */
export function visibleLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

/** The same, but lines stay lines. */
export function visibleText(text: string): string {
  return text.split('\n').map(visibleLine).join('\n');
}
