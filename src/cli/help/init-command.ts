import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {makeFolders} from '../../base/make-folders.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {quoteWord} from '../../report/format/quote-word.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {createWhole, refuseToCreate} from '../whole-files.ts';
import type {World} from '../world.ts';
import {ignoreArtifacts, provideSchema, refuseFile, withSchema} from './pipeline-folder.ts';

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
  world: World,
  source: PipelineSource = async () => await starter(world),
): Promise<ExitCode> {
  if (folder !== undefined && /\.ya?ml$/.test(folder)) {
    world.stderr.write(
      `${folder} is not a folder: init takes a folder and writes pipeline.yaml into it.\n`,
    );
    return exitCodes.usage;
  }
  const refused = refuseFile(folder, world);
  if (refused !== undefined) return refused;
  const root = path.resolve(world.cwd, folder ?? '.');
  const file = path.join(root, 'pipeline.yaml');
  const shown = displayPath(file, world.cwd);
  let notes = '';
  try {
    if (existsSync(file)) throw Object.assign(new Error(), {code: 'EEXIST'});
    const written = await source(root);
    if ('fault' in written) {
      world.stderr.write(`${written.fault}\nNothing was written.\n`);
      return exitCodes.usage;
    }
    notes = written.notes ?? '';
    await makeFolders(root);
    const schema = await provideSchema(root, world);
    await ignoreArtifacts(root);
    await createWhole(file, withSchema(written.text, root, schema));
  } catch (error) {
    return refuseToCreate(error, shown, world);
  }
  const where = root === world.cwd ? '' : `cd ${quoteWord(folder!)} && `;
  world.stdout.write(
    `${notes}Wrote ${shown}. To run it: ${where}${world.commandLine.program} run\n`,
  );
  return exitCodes.ok;
}

async function starter({packageRoot}: World): Promise<{readonly text: string}> {
  return {text: await readFile(path.join(packageRoot, 'pipelines/starter.yaml'), 'utf8')};
}
