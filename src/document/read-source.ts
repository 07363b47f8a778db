import {createReadStream} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {closestTo} from '../base/edit-distance.ts';
import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import type {SourceFile, Span} from '../diagnostics/span.ts';

/** How large a file of some kind may be. */
export interface SizeLimit {
  readonly maxMib: number;
  /** The files that it holds for, such as `YAML files`. */
  readonly of: string;
}

/** The size limit of what people write. */
export const yamlLimit: SizeLimit = {maxMib: 1, of: 'YAML files'};

/**
 * Gives the bytes of a file, of a larger one than the limit at least one byte more than that; or rejects with an error that
 * has a `code`, as `node:fs` does.
 */
export type ReadFile = (path: string, limit: SizeLimit) => Promise<Uint8Array>;

/** How a file is read. */
export interface Reading {
  /** Absent: from the disk. */
  readonly readFile?: ReadFile | undefined;
  /** Absent: that of YAML files. */
  readonly limit?: SizeLimit;
}

/**
 * The text of a file, or `undefined` after reporting why there is none.
 * @param namedAt the place where the user named the file
 */
export async function readSource(
  path: string,
  namedAt: Span,
  log: DiagnosticLog,
  {readFile = readStart, limit = yamlLimit}: Reading = {},
): Promise<SourceFile | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path, limit);
  } catch (error) {
    await reportUnreadable(path, namedAt, log, codeOf(error));
    return undefined;
  }
  if (bytes.length > bytesOf(limit)) {
    const message = `${path} is larger than ${limit.maxMib} MiB, the limit for ${limit.of}.`;
    log.error('too-large', namedAt, message);
    return undefined;
  }
  try {
    return {name: path, text: new TextDecoder('utf-8', {fatal: true}).decode(bytes)};
  } catch {
    log.error('not-utf8', namedAt, `${path} is not text in UTF-8.`);
    return undefined;
  }
}

/** Reads only as much as is needed to see that a file is too large. */
export async function readStart(path: string, limit: SizeLimit): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of createReadStream(path, {end: bytesOf(limit)})) {
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

function bytesOf({maxMib}: SizeLimit): number {
  return maxMib * 2 ** 20;
}

/** The `code` of a file system error; any other error is a bug and is rethrown. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') throw error;
  return code;
}

async function reportUnreadable(
  path: string,
  namedAt: Span,
  log: DiagnosticLog,
  code: string,
): Promise<void> {
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const suggestion = await similarFile(path);
    log.error('missing-file', namedAt, `There is no file ${path}.`, {suggestion});
  } else if (code === 'EISDIR') {
    const suggestion = (await pipelinesIn(path))[0];
    const message = `${path} is a folder; a YAML file was expected.`;
    log.error('unreadable-file', namedAt, message, {suggestion});
  } else {
    log.error('unreadable-file', namedAt, `${path} cannot be read (${code}).`);
  }
}

/** A pipeline file in the same folder, or in `pipelines/` below it, with a similar name. */
async function similarFile(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const files = [...(await pipelinesIn(folder)), ...(await pipelinesIn(join(folder, 'pipelines')))];
  const name = basename(path);
  const exact = files.find((file) =>
    [name, `${name}.yaml`, `${name}.yml`].includes(basename(file)),
  );
  if (exact !== undefined) return exact;
  const nearest = closestTo(
    name,
    files.map((file) => basename(file)),
  );
  return files.find((file) => basename(file) === nearest);
}

/** The YAML files of a folder, as paths, sorted; empty if there is no such folder. */
async function pipelinesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const yaml = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  return yaml.map((name) => join(folder, name));
}
