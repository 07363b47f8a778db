/**
 * Characters that nobody sees where they stand: controls (C0, DEL and C1), which give a terminal orders; marks that turn
 * the text around them (Unicode's Bidi_Control); separators that some programs take for line feeds; half characters.
 */
const unseen = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/gu;

/** What stands for each of them, as Unicode has it for what cannot be shown. It takes one column, as `displayWidth` says. */
const replacement = '\ufffd';

/** A text from elsewhere as one line, of which every character can be seen. */
export function visibleLine(text: string): string {
  return text.replaceAll(unseen, replacement);
}

/** The same, but lines stay lines and tabs stay tabs. */
export function visibleText(text: string): string {
  return text
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll(unseen, (character) => (/[\n\t]/.test(character) ? character : replacement));
}

/**
 * A value as JSON that can be seen, too: what cannot is written by its number, so that programs read the value as it is.
 * @param indent spaces; absent: all of it is one line
 */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(unseen, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
