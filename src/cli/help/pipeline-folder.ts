import {existsSync, realpathSync, statSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {makeFolders} from '../../base/make-folders.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';

/** Refuses a file in place of a folder to write to; `undefined`: it is none. */
export function refuseFile(folder: string | undefined, {cwd, faults}: World): ExitCode | undefined {
  const root = path.resolve(cwd, folder ?? '.');
  if (!existsSync(root) || statSync(root).isDirectory()) return undefined;
  faults.fault('unwritable-file', `${folder} is a file: init takes a folder to write to.`);
  return exitCodes.usage;
}

/** The first line of a pipeline file, which tells editors where the schema is. */
const schemaLine = /^# yaml-language-server: \$schema=.*$/m;

/** The text of a pipeline file for a folder. @param schema the absolute path of the schema */
export function withSchema(text: string, folder: string, schema: string): string {
  const line = `# yaml-language-server: $schema=${relativePath(folder, schema)}`;
  return text.replace(schemaLine, () => line);
}

/** The folder of a pipeline file, made ready for it. */
export interface PipelineFolder {
  /** The absolute path of the schema for editors. */
  readonly schema: string;
  /** The absolute paths of the files that were written or changed. */
  readonly written: readonly string[];
}

/** Makes a folder for a pipeline file: with a schema for editors, and with its results kept out of git. */
export async function preparePipelineFolder(root: string, world: World): Promise<PipelineFolder> {
  await makeFolders(root);
  const schema = await provideSchema(root, world);
  const ignored = await ignoreArtifacts(root);
  const isCopy = path.dirname(schema) === root;
  return {schema, written: [...(isCopy ? [schema] : []), ...ignored]};
}

/**
 * The absolute path of the schema: that of this program if it is installed in the folder or above it, and otherwise a copy
 * in the folder, which is made or updated.
 */
async function provideSchema(
  root: string,
  {packageRoot}: Pick<World, 'packageRoot'>,
): Promise<string> {
  const schemaFile = path.join(packageRoot, 'schemas/pipeline.schema.json');
  const found = findSchema(root, schemaFile);
  if (found !== undefined) return found;
  const copy = path.join(root, path.basename(schemaFile));
  const schema = await readFile(schemaFile, 'utf8');
  // A file of the user's stays as it is.
  if (existsSync(copy) && !isSchema(await readFile(copy, 'utf8'))) return schemaFile;
  await replaceWhole(copy, schema);
  return copy;
}

/** Whether a text is the schema of this or another version. */
function isSchema(text: string): boolean {
  return text.includes('"A pipeline: stages, and how results flow between them."');
}

function findSchema(root: string, schemaFile: string): string | undefined {
  const own = realpathSync(schemaFile);
  const name = path.join('schemas', path.basename(schemaFile));
  for (let folder = root; ; folder = path.dirname(folder)) {
    for (const place of [name, path.join('node_modules', 'distillery', name)]) {
      const candidate = path.join(folder, place);
      if (existsSync(candidate) && realpathSync(candidate) === own) return candidate;
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function relativePath(from: string, to: string): string {
  const relative = path.relative(from, to).replaceAll(path.sep, '/');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** Keeps the results of pipelines in a folder out of git; gives the file that was changed for it. */
async function ignoreArtifacts(root: string): Promise<readonly string[]> {
  const file = path.join(root, '.gitignore');
  const text = existsSync(file) ? await readFile(file, 'utf8') : '';
  if (/^\/?artifacts\/?\s*$/m.test(text)) return [];
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  await replaceWhole(file, `${text}${gap}/artifacts/\n`);
  return [file];
}
