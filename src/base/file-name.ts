import {digestOf} from './digest.ts';

/**
 * A file name for a text such as an instance's id. Plain texts are unchanged. In others, characters that are difficult
 * for a file system or a shell are replaced, and a suffix distinguishes different texts.
 */
export function fileNameOf(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._=,+[\]-]/g, '_').replace(/^[.-]/, '_');
  if (plain === text && text.length <= longest && text !== '') return text;
  return `${plain.slice(0, longest)}-${digestOf(text).slice(0, 8)}`;
}

const longest = 120;
