import type {Json} from '../base/json.ts';

/** The longest a shown value gets, in characters. */
const maxLength = 60;

/** A value as a message names it, with its kind: `"fifty" (string)`. Long ones are cut. */
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

/** `"a", "b" or "c"`; beyond ten, the first ones and how many more there are. */
export function showChoices(choices: readonly Json[]): string {
  const shown = choices.slice(0, 10).map((choice) => JSON.stringify(choice));
  if (choices.length > 10) return `${shown.join(', ')} or one of ${choices.length - 10} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)!}`;
}

/** Names as messages list them: `` `a`, `b` ``; `none` where there are none; beyond twelve, how many more. */
export function showNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 12).map((name) => `\`${name}\``);
  const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
  return `${shown.join(', ')}${more}`;
}

/** A name as a suggestion shows it, if there is one. */
export function quoted(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `\`${name}\``;
}
