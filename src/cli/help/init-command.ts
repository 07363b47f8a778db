import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {displayPath} from '../../report/text/run-place.ts';
import {quoteWord} from '../../base/quote-word.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {createWhole, refuseToCreate} from '../whole-files.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {
  preparePipelineFolder,
  refuseFile,
  withSchema,
  type PipelineFolder,
} from './pipeline-folder.ts';

export interface InitOptions {
  readonly json?: true;
}

/** Gives the text of a pipeline for a folder, or says why there is none. */
export type PipelineSource = (
  root: string,
) => Promise<{readonly text: string; readonly notes?: string} | {readonly fault: string}>;

/**
 * `pipeline init [FOLDER]`: writes a first pipeline, with a schema for editors, and keeps its results out of git.
 * Writes nothing if there is a pipeline already.
 * @param source what to write instead of the starter
 */
export async function initCommand(
  folder: string | undefined,
  {json}: InitOptions,
  world: World,
  source: PipelineSource = async () => await starter(world),
): Promise<ExitCode> {
  if (folder !== undefined && /\.ya?ml$/.test(folder)) {
    const message = `${folder} is not a folder: init takes a folder and writes pipeline.yaml into it.`;
    world.faults.fault('bad-command-line', message);
    return exitCodes.usage;
  }
  const refused = refuseFile(folder, world);
  if (refused !== undefined) return refused;
  const root = path.resolve(world.cwd, folder ?? '.');
  const file = path.join(root, 'pipeline.yaml');
  const shown = displayPath(file, world.cwd);
  let notes = '';
  let prepared: PipelineFolder;
  try {
    if (existsSync(file)) throw Object.assign(new Error(), {code: 'EEXIST'});
    const written = await source(root);
    if ('fault' in written) {
      world.faults.fault('bad-data', written.fault, 'Nothing was written.');
      return exitCodes.usage;
    }
    notes = written.notes ?? '';
    prepared = await preparePipelineFolder(root, world);
    await createWhole(file, withSchema(written.text, root, prepared.schema));
  } catch (error) {
    return refuseToCreate(error, shown, world);
  }
  const where = root === world.cwd ? '' : `cd ${quoteWord(folder!)} && `;
  const command = `${where}${world.commandLine.program} run`;
  if (json === true) {
    const files = [file, ...prepared.written].map((one) => displayPath(one, world.cwd));
    const found = notes.split('\n').filter((line) => line !== '');
    writeJson({pipeline: shown, files, command, notes: found}, world);
  } else world.stdout.write(`${notes}Wrote ${shown}. To run it: ${command}\n`);
  return exitCodes.ok;
}

async function starter({packageRoot}: World): Promise<{readonly text: string}> {
  return {text: await readFile(path.join(packageRoot, 'pipelines/starter.yaml'), 'utf8')};
}
