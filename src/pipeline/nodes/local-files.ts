import {readdir, stat} from 'node:fs/promises';
import {basename, dirname, extname, isAbsolute, join, relative, resolve} from 'node:path';
import {digestFile, type Digest} from '../../base/digest.ts';
import {closestTo} from '../../base/edit-distance.ts';
import {mapConcurrently} from '../../base/map-concurrently.ts';
import {fileContract} from '../../contract/command.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {Span} from '../../diagnostics/span.ts';
import type {Instance, InstanceId, OutputRef} from '../graph/instance.ts';

/** Gives the digest of a file, or rejects with an error that has a `code`, as `node:fs` does. */
export type DigestLocalFile = (path: string) => Promise<Digest>;

/** Whether a reference is to a user file rather than to the output of a stage. */
export function isLocalFile(reference: string): boolean {
  return /^\.{0,2}\//.test(reference);
}

/** The suffix of a path without its dot; empty if there is none that a program could use. */
export function suffixOf(path: string): string {
  return /^\.[A-Za-z0-9_+-]{1,16}$/.test(extname(path)) ? extname(path).slice(1) : '';
}

/** A folder of the user's in which a program starts. */
export interface UserFolder {
  readonly path: string;
  /**
   * The part of it in keys: where it is from the pipeline file that names it, or the whole path if that is what is written.
   * A stage so has one key, whether its file is run or used by another.
   */
  readonly identity: string;
}

/** The user files of one load's references, each of which becomes one instance, keyed by its bytes; and folders. */
export class LocalFiles {
  /** The first reference to each file. */
  readonly #spans = new Map<InstanceId, Span>();
  readonly #folders = new Map<string, Span>();

  /** The output that stands for a file. @param path relative to the pipeline file that contains the reference */
  refer(path: string, writtenAt: Span): OutputRef {
    const id = displayPath(path, dirname(writtenAt.file.name)) as InstanceId;
    if (!this.#spans.has(id)) this.#spans.set(id, writtenAt);
    return {instance: id, output: 'file'};
  }

  /** A folder in which a program starts. @param path relative to the pipeline file that names it */
  referFolder(path: string, writtenAt: Span): UserFolder {
    const base = dirname(writtenAt.file.name);
    const shown = displayPath(path, base);
    if (!this.#folders.has(shown)) this.#folders.set(shown, writtenAt);
    const whole = resolve(shown);
    return {path: whole, identity: isAbsolute(path) ? whole : relative(base, whole) || '.'};
  }

  /** The instances. Missing and unreadable files and folders are reported and left out. */
  async instances(
    log: DiagnosticLog,
    digest: DigestLocalFile = digestRegularFile,
  ): Promise<readonly Instance[]> {
    for (const [folder, span] of this.#folders) {
      await expectFolder(folder, span, log, digest);
    }
    const read = await mapConcurrently(this.#spans.keys(), (id) => digested(id, digest));
    const instances: Instance[] = [];
    for (const found of read) {
      if ('instance' in found) instances.push(found.instance);
      else await reportUnreadable(found.id, this.#spans.get(found.id)!, log, found.error);
    }
    return instances;
  }
}

/** A path that begins with `./`, `../` or `/`, so that it never equals the id of a stage's instance. */
function displayPath(path: string, folder: string): string {
  if (isAbsolute(path)) return resolve(path);
  const joined = join(folder, path);
  return isLocalFile(joined) ? joined : `./${joined}`;
}

/** The instance of a file, or why there is none. */
async function digested(
  id: InstanceId,
  digest: DigestLocalFile,
): Promise<{readonly instance: Instance} | {readonly id: InstanceId; readonly error: unknown}> {
  try {
    return {instance: instanceOf(id, await digest(id))};
  } catch (error) {
    return {id, error};
  }
}

function instanceOf(id: InstanceId, sha256: Digest): Instance {
  return {
    id,
    stage: id,
    within: [],
    axes: {},
    type: {contract: fileContract},
    params: {sha256},
    inputs: {},
    resources: {},
    file: resolve(id),
  };
}

/** The digest of a file. Rejects if it is another thing, such as a pipe, which is not opened. */
export async function digestRegularFile(path: string): Promise<Digest> {
  const found = await stat(path);
  if (found.isDirectory() || found.isFile()) return await digestFile(path);
  // Reading it might never end.
  throw Object.assign(new Error(`${path} is not a file`), {code: 'ENXIO'});
}

async function reportUnreadable(
  path: string,
  span: Span,
  log: DiagnosticLog,
  error: unknown,
): Promise<void> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') throw error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const suggestion = await similarFile(path);
    log.error('missing-file', span, `There is no file ${path}.`, {suggestion});
  } else if (code === 'EISDIR') {
    const message = `${path} is a folder; an input is a file. Its files can be inputs one by one, or as an archive.`;
    log.error('unreadable-file', span, message);
  } else if (code === 'ENXIO') {
    log.error('unreadable-file', span, `${path} is a device or a pipe; an input is a file.`);
  } else {
    log.error('unreadable-file', span, `${path} cannot be read (${code}).`);
  }
}

/** Reports a folder that is missing or is none. To read it as a file fails in a way of its own. */
async function expectFolder(
  path: string,
  span: Span,
  log: DiagnosticLog,
  digest: DigestLocalFile,
): Promise<void> {
  const found = await digest(path).catch((error: unknown) => error);
  const code = found instanceof Error && 'code' in found ? found.code : 'ENOTDIR';
  if (code === 'EISDIR') return;
  if (code === 'ENOENT') {
    const suggestion = await similarFile(path);
    log.error('missing-file', span, `There is no folder ${path}.`, {suggestion});
  } else if (code === 'ENOTDIR' || code === 'ENXIO') {
    log.error('unreadable-file', span, `${path} is not a folder; a program starts in a folder.`);
  } else {
    log.error('unreadable-file', span, `${path} cannot be read (${String(code)}).`);
  }
}

async function similarFile(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const near = closestTo(basename(path), await readdir(folder).catch(() => []));
  return near === undefined ? undefined : displayPath(near, folder);
}
