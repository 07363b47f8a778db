import {access, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {CorruptFile, FileFault} from '../formats/file-fault.ts';
import type {SourceFile, SourceFiles} from './source-file.ts';
import {downloadFile, UnavailableSource, type DownloadOptions} from './download-file.ts';
import {digestsOf} from './file-digests.ts';

/** A file of a source, and its sha256. */
export interface ObtainedFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Obtains a source's file from the first base URL that has it with the right checksum: from a local place
 * (`npm:<package>/<path>`, `file:`) or by download (`https:`, `http:`).
 * @throws UnavailableSource, or CorruptFile if the checksum differs; with several bases, one that says what was wrong
 * with each
 */
export async function obtain(
  bases: readonly string[],
  files: SourceFiles,
  options: DownloadOptions,
): Promise<ObtainedFile> {
  const places = bases.flatMap((base) =>
    files.map((file) => ({url: `${base.replace(/\/+$/, '')}/${file.name}`, file})),
  );
  return await obtainFirst(places, options);
}

/** Obtains a file from the first of these URLs that has it. @throws as `obtain` */
export async function obtainFirst(
  places: readonly {readonly url: string; readonly file: SourceFile}[],
  options: DownloadOptions,
): Promise<ObtainedFile> {
  const faults: FileFault[] = [];
  for (const {url, file} of places) {
    try {
      return await obtainFrom(url, file, options);
    } catch (error) {
      if (options.signal.aborted || !(error instanceof FileFault)) throw error;
      faults.push(error);
    }
  }
  const [only] = faults;
  if (only && faults.length === 1) throw only;
  const reasons = faults.map(({message}) => `\n  ${message}`).join('');
  const isUnreachable = faults.every(
    (one) => one instanceof UnavailableSource && one.isUnreachable,
  );
  throw new UnavailableSource(places[0]!.file.name, `no source has it:${reasons}`, {isUnreachable});
}

async function obtainFrom(
  url: string,
  file: SourceFile,
  options: DownloadOptions,
): Promise<ObtainedFile> {
  const scheme = url.slice(0, url.indexOf(':'));
  switch (scheme) {
    case 'npm':
      return await checked(url, file, await existing(url, packagePath(url)));
    case 'file':
      return await checked(url, file, await existing(url, filePath(url)));
    case 'https':
    case 'http':
      return await download(url, file, options);
    default:
      throw new UnavailableSource(url, 'a source must begin with npm:, file: or https:');
  }
}

/**
 * Downloads a file. If a file assembled from several tries has a wrong checksum, it is downloaded once more in one
 * piece.
 */
async function download(
  url: string,
  file: SourceFile,
  options: DownloadOptions,
): Promise<ObtainedFile> {
  const first = await downloadFile(url, file, options);
  try {
    return await checked(url, file, first.path);
  } catch (error) {
    // The file is of no use, not even to the next try.
    await rm(first.path, {force: true});
    if (!first.isResumed || !(error instanceof CorruptFile)) throw error;
  }
  const again = await downloadFile(url, file, options);
  try {
    return await checked(url, file, again.path);
  } catch (error) {
    await rm(again.path, {force: true});
    throw error;
  }
}

async function checked(url: string, {digests}: SourceFile, local: string): Promise<ObtainedFile> {
  const {sha256, md5} = await digestsOf(local);
  if (digests.length === 0 || digests.includes(sha256) || digests.includes(md5)) {
    return {path: local, sha256};
  }
  const [expected] = digests;
  const [name, found] = expected!.length === 64 ? ['sha256', sha256] : ['md5', md5];
  throw new CorruptFile(url, `checksum mismatch: ${name} expected ${expected}, found ${found}`);
}

function packagePath(url: string): string {
  const [, name = '', rest = ''] = /^npm:((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(url) ?? [];
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return path.join(path.dirname(manifest), rest);
  } catch (cause) {
    throw new UnavailableSource(url, `the npm package ${name} is not installed`, {cause});
  }
}

/** The path of a `file:` URL. @throws UnavailableSource if it has none */
export function filePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new UnavailableSource(url, 'not the URL of a file here, such as file:///home/me/data', {
      cause,
    });
  }
}

async function existing(url: string, local: string): Promise<string> {
  try {
    await access(local);
    return local;
  } catch (cause) {
    throw new UnavailableSource(url, `there is no file ${local}`, {cause});
  }
}
