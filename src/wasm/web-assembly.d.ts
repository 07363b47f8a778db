/** The parts of WebAssembly's API that are used here: TypeScript declares them only in the library for browsers. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  const Module: new (bytes: Uint8Array) => Module;
  class Instance {
    constructor(
      module: Module,
      imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    );
    readonly exports: Readonly<Record<string, unknown>>;
  }
  /** Memory of one thread, or shared by several. */
  interface Memory<B extends ArrayBuffer | SharedArrayBuffer = SharedArrayBuffer> {
    /** A new buffer replaces it when the memory grows. */
    readonly buffer: B;
    grow(pages: number): number;
  }
  /** In pages of 64 KiB. */
  const Memory: {
    new (size: {readonly initial: number; readonly maximum: number; readonly shared: true}): Memory;
    new (size: {readonly initial: number}): Memory<ArrayBuffer>;
  };
  class Table {
    /** Returns the number of pages before. */
    grow(count: number): number;
    set(index: number, value: unknown): void;
  }
  function validate(bytes: Uint8Array): boolean;
}
