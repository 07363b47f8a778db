import {existsSync, realpathSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {makeFolders} from '../../base/make-folders.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {quoteWord} from '../../report/format/quote-word.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {createWhole, refuseToCreate, replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';

/** The first line of a pipeline file, which tells editors where the schema is. */
const schemaLine = /^# yaml-language-server: \$schema=.*$/m;

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
  const root = path.resolve(world.cwd, folder ?? '.');
  const file = path.join(root, 'pipeline.yaml');
  const shown = displayPath(file, world.cwd);
  const schemaFile = path.join(world.packageRoot, 'schemas/pipeline.schema.json');
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
    const schema = findSchema(root, schemaFile) ?? (await copySchema(root, schemaFile));
    await ignoreArtifacts(path.join(root, '.gitignore'));
    await createWhole(
      file,
      written.text.replace(schemaLine, `# yaml-language-server: $schema=${schema}`),
    );
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

/** The path from a folder to the schema, if this program is installed in the folder or above it. */
function findSchema(root: string, schemaFile: string): string | undefined {
  const own = realpathSync(schemaFile);
  const name = path.join('schemas', path.basename(schemaFile));
  for (let folder = root; ; folder = path.dirname(folder)) {
    for (const place of [name, path.join('node_modules', 'distillery', name)]) {
      const candidate = path.join(folder, place);
      if (existsSync(candidate) && realpathSync(candidate) === own)
        return relativePath(root, candidate);
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function relativePath(from: string, to: string): string {
  const relative = path.relative(from, to).replaceAll(path.sep, '/');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** Copies the schema beside the pipeline, if no path leads to it; a later `init` updates the copy. */
async function copySchema(root: string, schemaFile: string): Promise<string> {
  const name = path.basename(schemaFile);
  await replaceWhole(path.join(root, name), await readFile(schemaFile, 'utf8'));
  return `./${name}`;
}

async function ignoreArtifacts(file: string): Promise<void> {
  const text = existsSync(file) ? await readFile(file, 'utf8') : '';
  if (/^\/?artifacts\/?\s*$/m.test(text)) return;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  await replaceWhole(file, `${text}${gap}/artifacts/\n`);
}
