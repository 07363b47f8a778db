/** The parts of WebAssembly that are used here: TypeScript declares them only in the library for browsers. */
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
  /** Belongs to one thread, or is shared by several. */
  interface Memory<B extends ArrayBuffer | SharedArrayBuffer = SharedArrayBuffer> {
    /** Another one after it has grown. */
    readonly buffer: B;
    grow(pages: number): number;
  }
  /** In pages of 64 KiB. */
  const Memory: {
    new (size: {readonly initial: number; readonly maximum: number; readonly shared: true}): Memory;
    new (size: {readonly initial: number}): Memory<ArrayBuffer>;
  };
  class Table {
    /** Returns the number there was before. */
    grow(count: number): number;
    set(index: number, value: unknown): void;
  }
  function validate(bytes: Uint8Array): boolean;
}
