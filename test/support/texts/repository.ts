import {fileURLToPath} from 'node:url';
import path from 'node:path';

/** A file of the repository, for tests that run from `dist/test/…`. */
export function repositoryFile(name: string): string {
  return path.join(fileURLToPath(new URL('../../../..', import.meta.url)), name);
}
