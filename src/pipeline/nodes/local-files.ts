import {readdir, stat} from 'node:fs/promises';
import {basename, dirname, extname, isAbsolute, join, resolve} from 'node:path';
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

/** The user files of one load's references. Each becomes one instance, keyed by its bytes. */
export class LocalFiles {
  /** The first reference to each file. */
  readonly #spans = new Map<InstanceId, Span>();

  /** The output that stands for a file. @param path relative to the pipeline file that contains the reference */
  refer(path: string, writtenAt: Span): OutputRef {
    const id = displayPath(path, dirname(writtenAt.file.name)) as InstanceId;
    if (!this.#spans.has(id)) this.#spans.set(id, writtenAt);
    return {instance: id, output: 'file'};
  }

  /** The instances. Missing and unreadable files are reported and left out. */
  async instances(
    log: DiagnosticLog,
    digest: DigestLocalFile = digestRegularFile,
  ): Promise<readonly Instance[]> {
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

async function digestRegularFile(path: string): Promise<Digest> {
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

async function similarFile(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const near = closestTo(basename(path), await readdir(folder).catch(() => []));
  return near === undefined ? undefined : displayPath(near, folder);
}
