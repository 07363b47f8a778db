/** What of WebAssembly is used: TypeScript knows it only together with all of a browser. */
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
  /** Of one thread, or shared by several. */
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
    /** How many there were before. */
    grow(count: number): number;
    set(index: number, value: unknown): void;
  }
  function validate(bytes: Uint8Array): boolean;
}
