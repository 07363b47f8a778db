import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {offers} from '../../stages/offers.ts';
import type {Offers} from '../contract/offers.ts';

/** Where the parts of this program are that are not imported but found: other programs, stage types and files. */
export interface Installation {
  /** URLs of the modules that know the stage types, and the engines. */
  readonly registryModule: string;
  readonly engineProbeModule: string;
  readonly offers: Offers;
  /** URL of the program that workers run. */
  readonly workerModule: string;
  /** Absolute path of the folder that has `pipelines` and `schemas`. */
  readonly packageRoot: string;
  /** The version of this program, which its package.json has. */
  readonly findVersion: () => string;
  /** Absolute path of the folder that has the script and the style of the page of a run. */
  readonly pageFolder: string;
}

/**
 * What belongs to the program at the URL `main`, be it the sources, the built modules or the bundle: the folders of all
 * three are alike. A process has to stay with one of them, since a class that is loaded from two is two classes.
 */
export function installationOf(main: string): Installation {
  const module = (name: string): string => new URL(`../../${name}${path.extname(main)}`, main).href;
  const packageRoot = packageRootOf(path.dirname(fileURLToPath(main)));
  return {
    registryModule: module('stages/registry'),
    engineProbeModule: module('stages/shared/engine-probe'),
    offers,
    workerModule: module('src/worker/main'),
    packageRoot,
    findVersion: () => versionIn(packageRoot),
    pageFolder: path.join(packageRoot, 'dist/bundle/page'),
  };
}

function versionIn(packageRoot: string): string {
  const manifest = readFileSync(path.join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as {readonly version: string}).version;
}

function packageRootOf(folder: string): string {
  const parent = path.dirname(folder);
  return parent === folder || existsSync(path.join(folder, 'package.json'))
    ? folder
    : packageRootOf(parent);
}
