import {digestOf} from './digest.ts';

/**
 * A file name for a text such as an instance's id. Plain texts stay as they are; others lose what a file system or a
 * shell may stumble over and get a tail that keeps different texts apart.
 */
export function fileNameOf(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._=,+[\]-]/g, '_').replace(/^[.-]/, '_');
  if (plain === text && text.length <= longest && text !== '') return text;
  return `${plain.slice(0, longest)}-${digestOf(text).slice(0, 8)}`;
}

const longest = 120;
