import path from 'node:path';
import type {ExportKind} from '../../contract/offers.ts';
import type {Media} from '../../contract/media.ts';
import {outcomeOf} from '../../export/outcome.ts';
import {containerOf} from '../../inspect/container-of.ts';
import {readRun, resultOf, type RunAccount} from '../../journal/run-account.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {quoteWord} from '../../base/quote-word.ts';
import {findRun} from '../../journal/find-run.ts';
import {blobPath, type Store} from '../../store/layout.ts';
import type {RecordedOutput, StageRecord} from '../../store/records/record.ts';
import {verifyArtifact} from '../../store/artifacts/verify-artifact.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {Found, FoundFile} from '../../journal/found.ts';
import {resolveWhat} from '../../journal/resolve-what.ts';
import {knownMedia} from '../load-registry.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {conclude, refuse} from './conclude-export.ts';

export interface ExportOptions {
  readonly store: string;
  readonly output?: string;
  readonly json?: true;
}

/** `pipeline export pt WHAT -o PATH`: writes tensors as files that PyTorch reads. */
export async function exportPtCommand(
  what: string,
  options: ExportOptions & {readonly output: string},
  world: World,
): Promise<ExitCode> {
  const files = await soundTensors(what, options, world);
  if (typeof files === 'number') return files;
  if (files.length > 1 && options.output.endsWith('.pt')) {
    const message = `\`${what}\` is ${files.length} artifacts: name a folder for them, not ${options.output}.`;
    return refuse('bad-command-line', message, world);
  }
  const {exportPt} = await world.offers.loadPtExporter();
  const target = path.resolve(world.cwd, options.output);
  const paths = files.map((file) => file.path);
  return await conclude(outcomeOf(exportPt(paths, target)), {target, options, world}, (written) => {
    const names = written.map((file) => displayPath(file, world.cwd));
    return {text: names.join('\n'), json: {files: names}};
  });
}

/** `pipeline export KIND WHAT -o FOLDER`: writes folders of an offered kind. */
export async function exportFoldersCommand(
  kind: ExportKind,
  what: string,
  options: ExportOptions & {readonly output: string},
  world: World,
): Promise<ExitCode> {
  const files = await soundTensors(what, options, world);
  if (typeof files === 'number') return files;
  const {exportFolders} = await kind.load();
  const target = path.resolve(world.cwd, options.output);
  const writing = outcomeOf(exportFolders(files, target));
  return await conclude(writing, {target, options, world}, (written) => {
    const folders = written.map((folder) => displayPath(folder, world.cwd));
    const lines = folders.map((folder) => `Wrote ${folder}: see ${path.join(folder, 'README.md')}`);
    return {text: lines.join('\n'), json: {folders}};
  });
}

/** The undamaged files of tensors that the word refers to; or how the command ends, if there are none. */
async function soundTensors(
  what: string,
  {store}: ExportOptions,
  world: World,
): Promise<readonly FoundFile[] | ExitCode> {
  const opened = existingStore(store, world);
  if (typeof opened === 'number') return opened;
  const media = await knownMedia(world);
  const files = await tensorFiles(resolveWhat(what, opened, world.cwd), what, {
    store: opened,
    media,
  });
  if (typeof files === 'string') return refuse('unknown-result', files, world);
  const fault = await faultOf(files, opened);
  return fault === undefined ? files : refuse('damaged-artifact', fault, world);
}

/** `pipeline export tensorboard [RUN]`: writes the curves, histograms and pictures of a run as event files. */
export async function exportTensorboardCommand(
  text: string,
  options: ExportOptions,
  world: World,
): Promise<ExitCode> {
  const opened = existingStore(options.store, world);
  if (typeof opened === 'number') return opened;
  const found = findRun(opened, text);
  if (found.kind === 'unknown') return refuse('unknown-run', found.message, world);
  const results = resultsOf(readRun(opened, found.run), opened);
  const {exportTensorboard, isDrawn} =
    await import('../../export/tensorboard/export-tensorboard.ts');
  const {drawings, curves} = world.offers;
  const drawn = results.flatMap(({instance, record: {outputs}}) =>
    Object.entries(outputs)
      .filter(([, output]) => isDrawn(output.media, drawings))
      .flatMap(([name, output]) => filesOf(`${instance}.${name}`, output, opened)),
  );
  const fault = await faultOf(drawn, opened);
  if (fault !== undefined) return refuse('damaged-artifact', fault, world);
  const output = options.output ?? path.join('tensorboard', found.run);
  const target = path.resolve(world.cwd, output);
  return await conclude(
    exportTensorboard(results, target, {store: opened, drawings, curves}),
    {target, options, world},
    (written) => {
      const folder = displayPath(target, world.cwd);
      const command = `tensorboard --logdir ${quoteWord(folder)}`;
      const files = written.map(({file}) => displayPath(file, world.cwd));
      return {
        text: `Wrote ${written.length} of TensorBoard's runs. To look at them: ${command}`,
        json: {run: found.run, folder, files, command},
      };
    },
  );
}

interface Place {
  readonly store: Store;
  readonly media: Media;
}

/** The files of tensors that the word refers to; or a sentence that says why there are none. */
async function tensorFiles(
  found: Found,
  what: string,
  {store, media}: Place,
): Promise<readonly FoundFile[] | string> {
  switch (found.kind) {
    case 'unknown':
      return found.files === undefined
        ? found.message
        : await tensorsOnly(found.files, what, media);
    case 'run':
      return `\`${what}\` is a run: name an instance of it, or an output.`;
    case 'file':
      return await tensorsOnly([found], what, media);
    case 'result':
      return await outputFiles(found.record, what, {store, media});
  }
}

/** Files of one kind, if it has tensors. */
async function tensorsOnly(
  files: readonly FoundFile[],
  what: string,
  known: Media,
): Promise<readonly FoundFile[] | string> {
  const [first] = files;
  if (first?.media === undefined) return files;
  const container = await containerOf(first, known);
  if (container === 'safetensors') return files;
  return `\`${what}\` is ${container}, not a file of tensors.`;
}

/** The artifacts of the only output that has tensors. */
async function outputFiles(
  {outputs}: StageRecord,
  what: string,
  {store, media}: Place,
): Promise<readonly FoundFile[] | string> {
  const candidates: [string, RecordedOutput][] = [];
  for (const [name, output] of Object.entries(outputs)) {
    const [first] = filesOf(name, output, store);
    const container = first && (await containerOf(first, media));
    if (container === 'safetensors') candidates.push([name, output]);
  }
  const [only, ...others] = candidates;
  if (only === undefined) return `\`${what}\` has no output of tensors.`;
  if (others.length === 0) return filesOf(`${what}.${only[0]}`, only[1], store);
  const names = candidates.map(([name]) => `\`${what}.${name}\``).join(', ');
  return `\`${what}\` has ${candidates.length} outputs of tensors: name one of ${names}.`;
}

/** The results of a run, in the order in which they were made. */
function resultsOf(
  run: RunAccount,
  store: Store,
): readonly {readonly instance: string; readonly record: StageRecord}[] {
  return Array.from(run.instances.values()).flatMap((account) => {
    const record = resultOf(store, account);
    return record === undefined ? [] : [{instance: account.id, record}];
  });
}

function filesOf(name: string, {artifacts, media}: RecordedOutput, store: Store): FoundFile[] {
  return artifacts.map(({digest}, index) => ({
    kind: 'file',
    name: artifacts.length > 1 ? `${name}[${index}]` : name,
    path: blobPath(store, digest),
    digest,
    media,
  }));
}

/** The fault of the first damaged artifact, as a sentence. */
async function faultOf(files: readonly FoundFile[], store: Store): Promise<string | undefined> {
  for (const {name, digest} of files) {
    const state = digest === undefined ? 'whole' : await verifyArtifact(store, digest);
    if (state === 'whole') continue;
    const what = state === 'missing' ? 'gone' : 'damaged';
    return `The bytes of ${name} (${digest}) are ${what}: the next run that needs them makes them again.`;
  }
  return undefined;
}
