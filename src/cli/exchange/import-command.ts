import {existsSync, readdirSync, statSync} from 'node:fs';
import path from 'node:path';
import type {ImportKind} from '../../contract/offers.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {composeFor, composePipeline, type ComposeOptions} from './compose-pipeline.ts';

/** The options of the kind of files are among them. */
export interface ImportOptions extends ComposeOptions {
  /** The pipeline file. */
  readonly output: string;
}

/**
 * `pipeline import KIND FILES…`: writes a pipeline that imports files of another program, and runs the import. The same
 * file contains stages that use the imported files.
 */
export async function importCommand(
  kind: ImportKind,
  places: readonly string[],
  options: ImportOptions,
  world: World,
): Promise<ExitCode> {
  const found = findFiles(kind, places, world.cwd);
  if (typeof found === 'string') {
    world.faults.fault('bad-data', found);
    return exitCodes.usage;
  }
  const files = found.map((file) => ({path: file, name: displayPath(file, world.cwd)}));
  const composing = {by: 'import', flag: '--output', file: options.output, selectors: ['imported']};
  const compose = composeFor(kind, files, {options});
  return await composePipeline({...composing, compose}, options, world);
}

/** The files, as absolute paths; or a sentence that says what is wrong with the words. */
function findFiles(
  {namesInFolder, example}: ImportKind,
  words: readonly string[],
  cwd: string,
): readonly string[] | string {
  const files: string[] = [];
  for (const word of words) {
    const place = path.resolve(cwd, word);
    if (!existsSync(place)) return `There is no file ${word}.`;
    if (!statSync(place).isDirectory()) {
      files.push(place);
      continue;
    }
    const names = readdirSync(place).filter((name) => namesInFolder.test(name));
    if (names.length === 0) return `The folder ${word} has no ${example}.`;
    files.push(...names.sort(byNumber).map((name) => path.join(place, name)));
  }
  return files;
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', {numeric: true});
}
