import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

type Name = 'openSync' | 'readdirSync';

/** Counts the calls of a function of `node:fs`. */
export class CountedCalls implements Disposable {
  readonly #name: Name;
  readonly #real: unknown;
  #count = 0;

  constructor(name: Name) {
    this.#name = name;
    const real = fs[name] as (...args: readonly unknown[]) => unknown;
    this.#real = real;
    const counted = (...args: readonly unknown[]): unknown => {
      this.#count++;
      return real(...args);
    };
    Object.assign(fs, {[name]: counted});
    syncBuiltinESMExports();
  }

  /** The number of calls since the last time. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  [Symbol.dispose](): void {
    Object.assign(fs, {[this.#name]: this.#real});
    syncBuiltinESMExports();
  }
}
