/** As much of WebAssembly as is used here: the compiler knows it only where there is a browser. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WebAssemblyModule;
  readonly Instance: new (
    module: WebAssemblyModule,
    imports?: Readonly<Record<string, object>>,
  ) => {readonly exports: unknown};
  readonly Memory: new (size: {readonly initial: number}) => WebAssemblyMemory;
}

/** Compiled code. */
export interface WebAssemblyModule {
  readonly __brand: 'WebAssemblyModule';
}

/** The memory of an instance. Its buffer is another one after it has grown. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** The global of that name. */
export const webAssembly = (globalThis as unknown as {readonly WebAssembly: WebAssemblyApi})
  .WebAssembly;
