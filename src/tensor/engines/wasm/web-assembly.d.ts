/** What of WebAssembly the engine uses: TypeScript knows it only together with all of a browser. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  const Module: new (bytes: Uint8Array) => Module;
  class Instance {
    constructor(
      module: Module,
      imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    );
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    /** In pages of 64 KiB. */
    constructor(size: {readonly initial: number; readonly maximum: number; readonly shared: true});
    /** Another one after it has grown. */
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    /** How many there were before. */
    grow(count: number): number;
    set(index: number, value: unknown): void;
  }
  function validate(bytes: Uint8Array): boolean;
}
