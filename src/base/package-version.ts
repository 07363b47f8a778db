import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';

/** The version of this program, from its package.json. @param inside a folder of the package */
export function packageVersion(inside: string): string {
  const manifest = readFileSync(path.join(findPackageRoot(inside), 'package.json'), 'utf8');
  return (JSON.parse(manifest) as {readonly version: string}).version;
}

/** The folder of the package.json above a folder; the uppermost folder if there is none. */
export function findPackageRoot(inside: string): string {
  const parent = path.dirname(inside);
  return parent === inside || existsSync(path.join(inside, 'package.json'))
    ? inside
    : findPackageRoot(parent);
}
