import {createWriteStream} from 'node:fs';
import {access, mkdir, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';
import {Readable, Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {digestFile} from '../../base/digest.ts';
import {CorruptFile, FileFault} from '../../container/file-fault.ts';
import type {SourceFile} from './catalog.ts';

/** A source cannot be reached, or has no such file. */
export class UnavailableSource extends FileFault {
  override readonly name = 'UnavailableSource';
}

export interface ObtainOptions {
  /** Where downloads are put; made when it is needed. */
  readonly folder: string;
  /** Ends a download. */
  readonly signal: AbortSignal;
  /** Called for every megabyte of a download; `totalBytes` is absent where the server does not say. */
  readonly onProgress?: (receivedBytes: number, totalBytes?: number) => void;
}

/**
 * The path of a source's file whose checksum is right: where it lies already (`npm:<package>/<path>`, `file:`),
 * or downloaded (`https:`, `http:`).
 * @throws UnavailableSource; CorruptFile if the checksum is another
 */
export async function obtain(
  base: string,
  file: SourceFile,
  options: ObtainOptions,
): Promise<string> {
  const url = `${base.replace(/\/+$/, '')}/${file.name}`;
  const local = await locate(url, file, options);
  const found = await digestFile(local);
  if (found === file.sha256) return local;
  // Only what was downloaded: it would be of no use.
  if (local.startsWith(options.folder)) await rm(local);
  throw new CorruptFile(url, `checksum mismatch: sha256 expected ${file.sha256}, found ${found}`);
}

async function locate(url: string, file: SourceFile, options: ObtainOptions): Promise<string> {
  const scheme = url.slice(0, url.indexOf(':'));
  switch (scheme) {
    case 'npm':
      return existing(url, packagePath(url));
    case 'file':
      return existing(url, filePath(url));
    case 'https':
    case 'http':
      return download(url, file, options);
    default:
      throw new UnavailableSource(url, 'a source must begin with npm:, file: or https:');
  }
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

function filePath(url: string): string {
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

async function download(url: string, file: SourceFile, options: ObtainOptions): Promise<string> {
  const {folder, signal} = options;
  const local = path.join(folder, path.basename(file.name));
  await mkdir(folder, {recursive: true});
  try {
    const response = await fetch(url, {signal});
    if (!response.ok || !response.body) {
      throw new UnavailableSource(url, `the server answered ${response.status}`);
    }
    const totalBytes = Number(response.headers.get('content-length') ?? NaN);
    const counter = countingStream((bytes) => {
      options.onProgress?.(bytes, ...(totalBytes > 0 ? [totalBytes] : []));
    });
    await pipeline(Readable.fromWeb(response.body), counter, createWriteStream(local), {signal});
    return local;
  } catch (cause) {
    if (signal.aborted || cause instanceof FileFault) throw cause;
    throw new UnavailableSource(url, `the download failed: ${reasonOf(cause)}`, {cause});
  }
}

function countingStream(onBytes: (receivedBytes: number) => void): Transform {
  let receivedBytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      const before = receivedBytes;
      receivedBytes += chunk.length;
      if (Math.floor(receivedBytes / 1e6) > Math.floor(before / 1e6)) onBytes(receivedBytes);
      done(undefined, chunk);
    },
  });
}

/** What `fetch` says is only "fetch failed"; the reason is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
