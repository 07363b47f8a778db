import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {isErrno} from '../../../src/base/errno.ts';

/**
 * A file system on a network as one machine sees it: it remembers of some files that they do not exist, although another
 * machine has made them since. Only an attempt to make a file of that name tells.
 */
export class NegativeCache implements Disposable {
  readonly #hidden = new Set<string>();
  readonly #real = {openSync: fs.openSync, statSync: fs.statSync, link: fs.promises.link};
  readonly #isStubborn: boolean;

  /** @param isStubborn a file stays hidden although it could not be made */
  constructor({isStubborn = false} = {}) {
    this.#isStubborn = isStubborn;
    const {openSync, statSync, link} = this.#real;
    const gone = (file: unknown): boolean => this.#hidden.has(String(file));
    const absence = (file: unknown): Error =>
      Object.assign(new Error(`ENOENT: ${String(file)}`), {code: 'ENOENT', syscall: 'open'});
    Object.assign(fs, {
      openSync: (...args: Parameters<typeof openSync>) => {
        if (gone(args[0])) throw absence(args[0]);
        return openSync(...args);
      },
      statSync: (...args: Parameters<typeof statSync>) =>
        gone(args[0]) ? undefined : statSync(...args),
    });
    fs.promises.link = async (from, to) => {
      try {
        await link(from, to);
      } catch (error) {
        if (isErrno(error, 'EEXIST') && !this.#isStubborn) this.#hidden.delete(String(to));
        throw error;
      }
    };
    syncBuiltinESMExports();
  }

  /** Makes a file seem not to exist. */
  hide(file: string): void {
    this.#hidden.add(file);
  }

  [Symbol.dispose](): void {
    const {openSync, statSync, link} = this.#real;
    Object.assign(fs, {openSync, statSync});
    fs.promises.link = link;
    syncBuiltinESMExports();
  }
}
