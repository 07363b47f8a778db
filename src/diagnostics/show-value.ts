import type {Json} from '../base/json.ts';

/** Limit of a shown value's length, in characters. */
const maxLength = 60;

/** A value for a message, with its kind: `"fifty" (string)`. Long ones are cut. */
export function showValue(value: Json): string {
  if (value === null) return 'nothing (null)';
  const text = JSON.stringify(value);
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return `${cut} (${kindOf(value)})`;
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'mapping' : typeof value;
}

/** `"a", "b" or "c"`; of more than ten, the first ones and the number of further ones. */
export function showChoices(choices: readonly Json[]): string {
  const shown = choices.slice(0, 10).map((choice) => JSON.stringify(choice));
  if (choices.length > 10) return `${shown.join(', ')} or one of ${choices.length - 10} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)!}`;
}

/**
 * A list of names for a message: `` `a`, `b` ``; `none` if it is empty; of more than thirteen, the first twelve
 * and the number of further ones.
 */
export function showNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const count = names.length > 13 ? 12 : names.length;
  const shown = names.slice(0, count).map((name) => `\`${name}\``);
  const more = names.length > count ? ` and ${names.length - count} more` : '';
  return `${shown.join(', ')}${more}`;
}

/** A name for a suggestion, if there is one. */
export function quoted(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `\`${name}\``;
}
