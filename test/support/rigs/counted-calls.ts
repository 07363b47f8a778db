import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

/** The functions that are counted, by the module that has them. */
const homes = {openSync: fs, readdirSync: fs, open: fs.promises} as const;

type Name = keyof typeof homes;

/** Counts the calls of a function of `node:fs` or `node:fs/promises`. */
export class CountedCalls implements Disposable {
  readonly #name: Name;
  readonly #real: unknown;
  #count = 0;

  constructor(name: Name) {
    this.#name = name;
    const real = Reflect.get(homes[name], name) as (...args: readonly unknown[]) => unknown;
    this.#real = real;
    const counted = (...args: readonly unknown[]): unknown => {
      this.#count++;
      return real(...args);
    };
    Object.assign(homes[name], {[name]: counted});
    syncBuiltinESMExports();
  }

  /** The number of calls since the last time. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  [Symbol.dispose](): void {
    Object.assign(homes[this.#name], {[this.#name]: this.#real});
    syncBuiltinESMExports();
  }
}
