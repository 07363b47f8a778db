import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

type Name = 'unlink' | 'writeFile' | 'readFile' | 'rm' | 'stat' | 'rename';

/** Makes calls of a function of `node:fs/promises` fail, as a full disk or a file server does. */
export class FailingCalls implements Disposable {
  readonly #name: Name;
  readonly #real: unknown;

  /** @param isMeant whether the call with this path fails */
  constructor(name: Name, code: string, isMeant: (file: string) => boolean) {
    this.#name = name;
    const real = fs.promises[name] as (...args: readonly unknown[]) => Promise<unknown>;
    this.#real = real;
    const calls = (...args: readonly unknown[]): Promise<unknown> =>
      isMeant(String(args[0]))
        ? Promise.reject(Object.assign(new Error(code), {code, syscall: name}))
        : real(...args);
    Object.assign(fs.promises, {[name]: calls});
    syncBuiltinESMExports();
  }

  [Symbol.dispose](): void {
    Object.assign(fs.promises, {[this.#name]: this.#real});
    syncBuiltinESMExports();
  }
}
