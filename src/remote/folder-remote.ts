import {createWriteStream} from 'node:fs';
import {link, mkdir, open, rename, rm, stat} from 'node:fs/promises';
import {randomBytes} from 'node:crypto';
import path from 'node:path';
import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {isErrno, isSystemError, whyRefused} from '../base/errno.ts';
import {readFlags} from '../base/read-text.ts';
import {
  RemoteError,
  type PutOptions,
  type Remote,
  type RemoteBody,
  type RemoteName,
} from './remote.ts';

/** A folder that several machines see, such as a mounted share. */
export class FolderRemote implements Remote {
  readonly title: string;

  /** @param folder an absolute path; the folder is made when something is put into it */
  constructor(folder: string) {
    this.title = folder;
  }

  async has(name: RemoteName): Promise<boolean> {
    try {
      return (await stat(this.#path(name))).isFile();
    } catch (error) {
      return isAbsence(error) ? false : refuse(error);
    }
  }

  async get(name: RemoteName): Promise<Readable | undefined> {
    try {
      const file = await open(this.#path(name), readFlags);
      if ((await file.stat()).isFile()) return file.createReadStream();
      await file.close();
      return undefined;
    } catch (error) {
      return isAbsence(error) ? undefined : refuse(error);
    }
  }

  async put(
    name: RemoteName,
    body: RemoteBody,
    {replaces = false}: PutOptions = {},
  ): Promise<void> {
    const bytes = await body.open();
    const file = this.#path(name);
    const aside = path.join(this.title, `.${randomBytes(8).toString('hex')}`);
    try {
      await mkdir(path.dirname(file), {recursive: true});
      await pipeline(bytes, createWriteStream(aside, {flags: 'wx', flush: true}));
      if (replaces) await rename(aside, file);
      else await linkOnce(aside, file);
    } catch (error) {
      refuse(error);
    } finally {
      bytes.destroy();
      await rm(aside, {force: true}).catch(() => undefined);
    }
  }

  #path(name: RemoteName): string {
    return path.join(this.title, name);
  }
}

async function linkOnce(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return isErrno(error, 'ENOENT', 'ENOTDIR');
}

function refuse(error: unknown): never {
  if (!isSystemError(error)) throw error;
  throw new RemoteError('final', `cannot be used: ${whyRefused(error)}`, error);
}
