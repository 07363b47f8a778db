import type {Json} from '../../base/json.ts';
import type {InstanceId} from './instance.ts';

/** `stage`, or `stage[axis=value,…]` with the axes in the order of the matrix. */
export function instanceId(stage: string, point: Readonly<Record<string, Json>>): InstanceId {
  const text = pointText(point);
  return (text === '' ? stage : `${stage}[${text}]`) as InstanceId;
}

/** `axis=value,…` */
export function pointText(point: Readonly<Record<string, Json>>): string {
  let text = '';
  for (const axis in point) text += `${text && ','}${axis}=${axisText(point[axis]!)}`;
  return text;
}

/**
 * A value as ids and selectors spell it: bare where that is unambiguous, otherwise in double quotes. Invisible
 * characters, and those that change the direction of text, are written by their number.
 */
export function axisText(value: Json): string {
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s,=|*"[\]\p{C}](?:[^,=|*"[\]\p{C}]*[^\s,=|*"[\]\p{C}])?$/u.test(text)
    ? text
    : JSON.stringify(text).replace(/\p{C}/gu, escaped);
}

/** `\u202e`, or two of these where UTF-16 takes two units. */
function escaped(character: string): string {
  return Array.from(
    {length: character.length},
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
