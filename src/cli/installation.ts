import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {offers} from '../../stages/offers.ts';
import {parseDigest} from '../base/digest.ts';
import {isErrno} from '../base/errno.ts';
import {findPackageRoot, packageVersion} from '../base/package-version.ts';
import {readText} from '../base/read-text.ts';
import type {Offers} from '../contract/offers.ts';

/**
 * The paths of the parts of this program that are found rather than imported: other programs, stage types and files.
 */
export interface Installation {
  /** URLs of the modules of the stage types, of the engines, and of what writes a pipeline for the user's data. */
  readonly registryModule: string;
  readonly engineProbeModule: string;
  readonly ownDataModule: string;
  readonly offers: Offers;
  /** URL of the program that workers run. */
  readonly workerModule: string;
  /** Absolute path of the folder that contains `pipelines` and `schemas`. */
  readonly packageRoot: string;
  /** The version of this program, from its package.json. */
  readonly findVersion: () => string;
  /**
   * The digest of this program's modules, another one for each build. `undefined`: the program is not bundled, and its code
   * may change at any time.
   */
  readonly findBuild: () => string | undefined;
  /** Absolute path of the folder with the page's script and style. */
  readonly pageFolder: string;
}

/**
 * The installation that the program at the URL `main` belongs to: the sources, the built modules or the bundle, whose
 * folders have the same structure. A process has to use only one of them, because a class that is loaded from two is
 * two classes.
 */
export function installationOf(main: string): Installation {
  const module = (name: string): string => new URL(`../../${name}${path.extname(main)}`, main).href;
  const packageRoot = findPackageRoot(path.dirname(fileURLToPath(main)));
  return {
    registryModule: module('stages/registry'),
    engineProbeModule: module('stages/shared/engine-probe'),
    ownDataModule: module('stages/shared/own-data/write-own-pipeline'),
    offers,
    workerModule: module('src/worker/main'),
    packageRoot,
    findVersion: () => packageVersion(packageRoot),
    findBuild: () => readBuild(new URL('../../build.txt', main)),
    pageFolder: path.join(packageRoot, 'dist/bundle/page'),
  };
}

/** The digest of all modules of a bundle, which `scripts/bundle.mjs` writes. */
function readBuild(file: URL): string | undefined {
  try {
    return parseDigest(readText(fileURLToPath(file)).trim());
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
