import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {build, type Metafile} from 'esbuild';
import {minify} from 'terser';
import {digestOf} from '../../../src/base/digest.ts';

/** Packages stay imports: the lock file fixes their versions. */
const options = {
  bundle: true,
  write: false,
  minifySyntax: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
} as const;

/**
 * A digest of the behaviour of modules and everything that they import: of their minified bundle. It ignores comments,
 * names of locals, and the places of files, and includes every constant, operation and property name.
 * @param folder absolute; `modules` are compiled files relative to it
 */
export async function codeDigest(folder: string, modules: readonly string[]): Promise<string> {
  const own = await bundle(folder, modules);
  const threads = await Promise.all(
    threadsOf(folder, own.metafile).map((module) => bundle(folder, [module])),
  );
  return digestOf(JSON.stringify([own, ...threads].map(({text}) => text)));
}

/** The files that modules and everything they import consist of, relative to the folder. */
export async function codeFiles(
  folder: string,
  modules: readonly string[],
): Promise<readonly string[]> {
  const {metafile} = await bundle(folder, modules);
  return [...filesOf(metafile), ...threadsOf(folder, metafile)];
}

interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
}

async function bundle(folder: string, modules: readonly string[]): Promise<Bundle> {
  const {outputFiles, metafile} = await build({
    ...options,
    absWorkingDir: folder,
    stdin: {
      contents: modules.map((module) => `export * from './${module}';\n`).join(''),
      resolveDir: folder,
    },
  });
  const {code} = await minify(outputFiles[0]!.text, {
    module: true,
    compress: false,
    // Numbers locals in order. esbuild's own names depend on the frequency of letters, also in names that are replaced.
    mangle: {nth_identifier: {get: (n) => `$${n}`}},
  });
  return {text: code!, metafile};
}

/** Programs of threads, which are named by a text instead of an import: `…-worker.js` beside the file that names it. */
function threadsOf(folder: string, metafile: Metafile): readonly string[] {
  const threads = filesOf(metafile).flatMap((file) => {
    const source = readFileSync(path.join(folder, file), 'utf8');
    return Array.from(source.matchAll(/'(\.[^']*-worker\.js)'/g), ([, name]) =>
      path.join(path.dirname(file), name!),
    );
  });
  return [...new Set(threads)].filter((file) => existsSync(path.join(folder, file)));
}

function filesOf(metafile: Metafile): readonly string[] {
  return Object.keys(metafile.inputs).filter((file) => file !== '<stdin>');
}
