import {fileURLToPath} from 'node:url';
import path from 'node:path';

/** A file of the repository, wherever the built tests lie: tests run from `dist/test/…`. */
export function repositoryFile(name: string): string {
  return path.join(fileURLToPath(new URL('../../../..', import.meta.url)), name);
}
