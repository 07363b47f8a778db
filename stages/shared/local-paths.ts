import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The absolute paths of the sources that are folders or files of this machine. */
export function localPaths(source: string | readonly string[] | undefined): readonly string[] {
  const urls = typeof source === 'string' ? [source] : (source ?? []);
  return urls.flatMap((url) => {
    if (!url.startsWith('file:')) return [];
    try {
      return resolve(fileURLToPath(url));
    } catch {
      // The stage says what is wrong with it.
      return [];
    }
  });
}
