import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';

/** The version of this program, from its package.json. @param inside a folder of the package */
export function packageVersion(inside: string): string {
  return manifestOf(inside).version;
}

/** The lowest version of Node.js that this program runs on, such as `20.19`. @param inside a folder of the package */
export function leastNode(inside: string): string {
  return manifestOf(inside).engines.node.replace(/^>=/, '');
}

interface Manifest {
  readonly version: string;
  readonly engines: {readonly node: string};
}

function manifestOf(inside: string): Manifest {
  const text = readFileSync(path.join(findPackageRoot(inside), 'package.json'), 'utf8');
  return JSON.parse(text) as Manifest;
}

/** The folder of the package.json above a folder; the uppermost folder if there is none. */
export function findPackageRoot(inside: string): string {
  const parent = path.dirname(inside);
  return parent === inside || existsSync(path.join(inside, 'package.json'))
    ? inside
    : findPackageRoot(parent);
}
