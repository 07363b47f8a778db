/**
 * Invisible characters: controls (C0, DEL and C1), which a terminal obeys; marks that change the direction of text
 * (Unicode's Bidi_Control); separators that some programs take for line feeds; unpaired surrogates.
 */
const unseen = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/gu;

/**
 * Replaces each of them: Unicode's character for what cannot be shown. It takes one column, as `displayWidth` counts.
 */
const replacement = '\ufffd';

/** A text from elsewhere on one line, with invisible characters replaced. */
export function visibleLine(text: string): string {
  return text.replaceAll(unseen, replacement);
}

/** The same, but line feeds and tabs stay. */
export function visibleText(text: string): string {
  return text
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll(unseen, (character) => (/[\n\t]/.test(character) ? character : replacement));
}

/**
 * A value as JSON without invisible characters: they are escaped by number, so that programs read the same value.
 * @param indent number of spaces; absent: one line
 */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(unseen, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
