import {existsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {digestFile} from '../../base/digest.ts';
import {makeFolders} from '../../base/make-folders.ts';
import {loadPipeline} from '../../pipeline/load-pipeline.ts';
import {quoteWord} from '../../base/quote-word.ts';
import {textTable, type TextColumn} from '../../report/format/text-table.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {shippedFile, shippedNames, shippedPipeline, shippedPrefix} from '../shipped-pipelines.ts';
import {createWhole, refuseToCreate} from '../whole-files.ts';
import {loadRegistry} from '../load-registry.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import type {InitOptions} from './init-command.ts';
import {preparePipelineFolder, refuseFile, withSchema} from './pipeline-folder.ts';

/**
 * `pipeline init [FOLDER] --from NAME`: copies a pipeline that comes with this program, with the pipelines and files that it
 * uses, into a folder. Without a name, or with an unknown one, it lists them.
 */
export async function initFromCommand(
  folder: string | undefined,
  name: string | true,
  options: InitOptions,
  world: World,
): Promise<ExitCode> {
  if (name === true) {
    const pipelines = await shippedList(world);
    if (options.json === true) writeJson({pipelines}, world);
    else world.stdout.write(listText(pipelines, world));
    return exitCodes.ok;
  }
  const word = name.startsWith(shippedPrefix) ? name : shippedPrefix + name;
  const shipped = shippedPipeline(word, {...world, cwd: world.packageRoot});
  if (shipped.kind !== 'shipped') {
    const {suggestion} = {suggestion: undefined, ...shipped};
    const meant =
      suggestion === undefined ? '' : ` Did you mean ${suggestion.slice(shippedPrefix.length)}?`;
    const list = listText(await shippedList(world), world);
    const message = `No pipeline that comes with this program is called ${name}.${meant}`;
    world.faults.fault('unknown-pipeline', message, list.trimEnd());
    return exitCodes.usage;
  }
  const main = shippedFile(word, world.packageRoot);
  const files = await filesOf(main, world);
  if (typeof files === 'number') return files;
  return await copy({main, files, folder}, options, world);
}

interface Shipped {
  readonly name: string;
  /** The first sentence of the comment at its top. */
  readonly summary: string;
}

async function shippedList({packageRoot}: World): Promise<readonly Shipped[]> {
  return await Promise.all(
    shippedNames(packageRoot).map(async (name) => {
      const text = await readFile(shippedFile(name, packageRoot), 'utf8');
      return {name: name.slice(shippedPrefix.length), summary: firstSentence(text)};
    }),
  );
}

/** The shipped pipelines, a line each. */
function listText(pipelines: readonly Shipped[], {stdout}: World): string {
  const rows = pipelines.map(({name, summary}) => [name, summary]);
  const columns: readonly TextColumn[] = [{title: 'name', whole: true}, {title: 'what it is'}];
  const lines = textTable(columns, rows, stdout.size().columns);
  return lines.map((line) => `${line}\n`).join('');
}

function firstSentence(text: string): string {
  const comments = text.split('\n').filter((line) => /^# (?!yaml-language-server)/.test(line));
  const whole = comments.map((line) => line.slice(2).trim()).join(' ');
  return /^.*?[.?!](?=\s|$)/.exec(whole)?.[0] ?? whole;
}

/** The absolute paths of a pipeline file and of all files that it uses; or the exit code, after the mistakes were printed. */
async function filesOf(main: string, world: World): Promise<readonly string[] | ExitCode> {
  const registry = await loadRegistry(world);
  const files = new Set<string>();
  const loaded = await loadPipeline({
    file: main,
    registry,
    readFile: async (file) => {
      files.add(path.resolve(file));
      return await readFile(file);
    },
    digestFile: async (file) => {
      files.add(path.resolve(file));
      return await digestFile(file);
    },
  });
  if (loaded.kind === 'ok') return [...files];
  world.faults.diagnostics(loaded.diagnostics);
  return exitCodes.invalidPipeline;
}

/** Copies files with their places among each other. Writes nothing if one of them exists already. */
async function copy(
  given: {
    readonly main: string;
    readonly files: readonly string[];
    readonly folder: string | undefined;
  },
  {json}: InitOptions,
  world: World,
): Promise<ExitCode> {
  const {main, files, folder} = given;
  const refused = refuseFile(folder, world);
  if (refused !== undefined) return refused;
  const root = path.resolve(world.cwd, folder ?? '.');
  const from = commonFolder(files);
  const targetOf = (file: string): string => path.join(root, path.relative(from, file));
  const shown = (file: string): string => displayPath(targetOf(file), world.cwd);
  const written: string[] = [];
  let beside: readonly string[] = [];
  let now = main;
  try {
    now = files.find((file) => existsSync(targetOf(file))) ?? main;
    if (existsSync(targetOf(now))) throw Object.assign(new Error(), {code: 'EEXIST'});
    const prepared = await preparePipelineFolder(root, world);
    beside = prepared.written;
    for (now of files) {
      const target = targetOf(now);
      await makeFolders(path.dirname(target));
      const text = await readFile(now, 'utf8');
      const placed = namedAnew(
        withSchema(text, path.dirname(target), prepared.schema),
        from,
        world,
      );
      await createWhole(target, placed);
      written.push(target);
    }
  } catch (error) {
    for (const file of written) await rm(file, {force: true});
    return refuseToCreate(error, shown(now), world);
  }
  const where = root === world.cwd ? '' : `cd ${quoteWord(folder!)} && `;
  const file = quoteWord(path.relative(root, targetOf(main)));
  const command = `${where}${world.commandLine.program} run ${file}`;
  if (json === true) {
    const all = [...written, ...beside].map((one) => displayPath(one, world.cwd));
    writeJson({pipeline: shown(main), files: all, command, notes: []}, world);
    return exitCodes.ok;
  }
  const lines = files.map((one) => `Wrote ${shown(one)}\n`);
  world.stdout.write(`${lines.join('')}To run it: ${command}\n`);
  return exitCodes.ok;
}

/** The deepest folder with all files in it. */
function commonFolder(files: readonly string[]): string {
  const [first = '', ...others] = files.map((file) => path.dirname(file));
  let common = first;
  while (!others.every((folder) => `${folder}${path.sep}`.startsWith(`${common}${path.sep}`))) {
    common = path.dirname(common);
  }
  return common;
}

/** A text whose comments name files by their new paths, in commands such as `pipeline run pipelines/quickstart.yaml`. */
function namedAnew(text: string, from: string, {packageRoot}: World): string {
  const before = `${path.relative(packageRoot, from).replaceAll(path.sep, '/')}/`;
  return text.replaceAll(` ${before}`, ' ');
}
