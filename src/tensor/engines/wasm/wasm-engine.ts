/** The `wasm` engine: our own kernels in WebAssembly, on a given number of threads. */
import type {Buffer} from '../../compile/cpu/buffer.ts';
import {roundsOf} from '../../compile/cpu/rounds.ts';
import {planWorkspace, type Workspace} from '../../compile/cpu/workspace.ts';
import type {Engine, EngineMemory, Executable, Tensor} from '../../engine.ts';
import type {Program} from '../../program.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import {checkInput, checkUpload} from '../check-tensors.ts';
import {functionsOf, type Command} from './lower/command.ts';
import {lower, type Lowered} from './lower/lower.ts';
import {AddressTable, type WorkspacePlace} from './runtime/address-table.ts';
import {listOf} from './runtime/command-list.ts';
import {Heap} from './runtime/heap.ts';
import {startThreads, threadBytes, type Threads} from './runtime/threads.ts';

/** Addresses have 32 bits. */
const maxBytes = 2 ** 32;

export interface WasmOptions {
  /** The number of threads; defaults to 1. The results do not depend on it. */
  readonly threads?: number;
  /**
   * Whether a multiplication and an addition may be rounded once, if the machine supports it: faster, but the last bits
   * differ between machines.
   */
  readonly fused?: boolean;
  /**
   * Size of a tile of Winograd's convolution; defaults to 4. 2 takes 1.3 to 1.7 times as long, with a quarter of the
   * rounding error.
   */
  readonly tile?: 2 | 4;
  /** Upper limit of the engine's memory; defaults to 4 GiB, the most that addresses reach. */
  readonly maximumBytes?: number;
  /**
   * Called with each command and the milliseconds it took, in the order of the list. Commands are then started one by
   * one, which is slower.
   */
  readonly observe?: (command: Command, ms: number) => void;
}

/** An engine that tells whether it uses fused multiply-add: it was allowed to, and the machine supports it. */
export interface FusingEngine extends Engine {
  readonly isFused: boolean;
}

/** Starts the engine. */
export function startWasmEngine(options: WasmOptions = {}): FusingEngine {
  const {threads = 1, fused = true, tile = 4, maximumBytes = maxBytes, observe} = options;
  const own = threadBytes(threads);
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(own / 65_536) + 16,
    maximum: Math.floor(maximumBytes / 65_536),
    shared: true,
  });
  const started = startThreads(memory, {count: threads, fused});
  return new WasmEngine(new Heap(memory, own), started, {tile, observe});
}

class WasmEngine implements FusingEngine {
  readonly name = 'wasm';
  readonly description: string;
  readonly heap: Heap;
  readonly threads: Threads;
  readonly tile: 2 | 4;
  readonly observe: WasmOptions['observe'];
  readonly #held = {tensors: 0, bytes: 0, peakBytes: 0};
  readonly #functions = new Map<string, number>();
  readonly #finished = new FinalizationRegistry<readonly number[]>((addresses) =>
    this.#released.push(...addresses),
  );
  /** Memory of collected executables: freed at the next run, when no thread still reads their lists. */
  readonly #released: number[] = [];
  /** Memory for buffers that exist only while a program runs: as large as the largest program needs. */
  #workspace = {address: 0, place: {shared: 0, own: 0, step: 0}};

  constructor(
    heap: Heap,
    threads: Threads,
    {tile, observe}: {tile: 2 | 4; observe: WasmOptions['observe']},
  ) {
    this.heap = heap;
    this.threads = threads;
    this.tile = tile;
    this.observe = observe;
    const {count, fused} = threads;
    const parts = [
      `WebAssembly SIMD${fused ? ' with fused multiply-add' : ''}`,
      `Winograd F(${tile}, 3)`,
      `${count} ${count === 1 ? 'thread' : 'threads'}`,
    ];
    this.description = parts.join(', ');
  }

  get isFused(): boolean {
    return this.threads.fused;
  }

  compile<Outputs extends string, Inputs extends string>(
    program: Program<Outputs, Inputs>,
  ): Executable<Outputs, Inputs> {
    return new WasmExecutable(this, program);
  }

  /** Frees memory after the object was garbage-collected. */
  freeWith(object: object, addresses: readonly number[]): void {
    this.#finished.register(object, addresses);
  }

  /** Runs a list on all threads. Earlier lists have ended by the time it returns. */
  runList(list: number, table: AddressTable): void {
    const released = this.#released.splice(0);
    this.threads.run(list, table.address, table.step);
    for (const address of released) this.heap.giveBack(address);
  }

  /** Makes generated functions available to all threads, each only once. */
  install(bodies: readonly Uint8Array[]): void {
    const fresh = new Map(bodies.map((body) => [nameOf(body), body]));
    for (const name of fresh.keys()) if (this.#functions.has(name)) fresh.delete(name);
    if (fresh.size === 0) return;
    const places = this.threads.install([...fresh.values()]);
    [...fresh.keys()].forEach((name, i) => this.#functions.set(name, places[i]!));
  }

  /** The index of an installed function in the table of functions. */
  functionOf(body: Uint8Array): number {
    return this.#functions.get(nameOf(body))!;
  }

  upload(data: Float32Array, shape: Shape): Tensor {
    checkUpload(data, shape);
    const tensor = this.allocate(shape);
    this.heap.floats(tensor.address, data.length).set(data);
    return tensor;
  }

  read(tensor: Tensor): Promise<Float32Array> {
    const {address, shape} = this.own(tensor);
    return Promise.resolve(this.heap.floats(address, sizeOf(shape)).slice());
  }

  memory(): EngineMemory {
    return {...this.#held};
  }

  resetPeak(): void {
    this.#held.peakBytes = this.#held.bytes;
  }

  /** A tensor whose numbers are not yet written. */
  allocate(shape: Shape): WasmTensor {
    const bytes = 4 * sizeOf(shape);
    const address = this.heap.take(bytes);
    this.#held.tensors++;
    this.#held.bytes += bytes;
    this.#notePeak(0);
    return new WasmTensor(this, address, shape, () => {
      this.heap.giveBack(address);
      this.#held.tensors--;
      this.#held.bytes -= bytes;
    });
  }

  /**
   * Memory that is free until the next call and at least as large as a plan needs; its place stays the same if
   * possible.
   */
  workspace({shared, own}: Workspace): WorkspacePlace {
    const {count} = this.threads;
    const {address, place} = this.#workspace;
    const before = place.own - place.shared;
    if (shared > before || own > place.step) {
      // The old memory is freed first, since there may not be room for both.
      this.#workspace = {address: 0, place: {shared: 0, own: 0, step: 0}};
      if (address > 0) this.heap.giveBack(address);
      try {
        this.#takeWorkspace(Math.max(shared, before), Math.max(own, place.step));
      } catch {
        // There is no room for the largest shared and the largest own part at once.
        this.#takeWorkspace(shared, own);
      }
    }
    this.#notePeak(shared + count * own);
    return this.#workspace.place;
  }

  #takeWorkspace(shared: number, step: number): void {
    const start = this.heap.take(shared + this.threads.count * step);
    this.#workspace = {address: start, place: {shared: start, own: start + shared, step}};
  }

  own(tensor: Tensor): WasmTensor {
    if (!(tensor instanceof WasmTensor) || tensor.engine !== this) {
      throw new TypeError('A tensor of another engine');
    }
    if (tensor.isDisposed) throw new TypeError('A tensor that was disposed');
    return tensor;
  }

  #notePeak(more: number): void {
    this.#held.peakBytes = Math.max(this.#held.peakBytes, this.#held.bytes + more);
  }
}

class WasmTensor implements Tensor {
  readonly engine: WasmEngine;
  readonly address: number;
  readonly shape: Shape;
  readonly #release: () => void;
  isDisposed = false;

  constructor(engine: WasmEngine, address: number, shape: Shape, release: () => void) {
    this.engine = engine;
    this.address = address;
    this.shape = shape;
    this.#release = release;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.#release();
  }
}

class WasmExecutable implements Executable {
  readonly #engine: WasmEngine;
  readonly #program: Program;
  readonly #lowered: Lowered;
  readonly #plan: Workspace;
  readonly #commands: readonly Command[];
  readonly #table: AddressTable;
  /** Addresses of command lists: one list or, if commands are observed, one for each command. */
  readonly #lists: readonly number[];

  constructor(engine: WasmEngine, program: Program) {
    this.#engine = engine;
    this.#program = program;
    this.#lowered = lower(program, engine.tile);
    const {commands, inputs, outputs} = this.#lowered;
    const rounds = roundsOf(commands, engine.threads.count);
    const given = [...inputs.values(), ...outputs.values()];
    this.#plan = planWorkspace(rounds, new Set(given), engine.threads.count);
    const used = commands.flatMap(({reads, writes}) => [...reads, ...writes]);
    this.#table = new AddressTable(
      engine.heap,
      [...used, ...given],
      this.#plan,
      engine.threads.count,
    );
    engine.install(functionsOf(commands));
    this.#commands = rounds.flat();
    this.#lists =
      engine.observe === undefined
        ? [this.#write(rounds)]
        : this.#commands.map((command) => this.#write([[command]]));
    engine.freeWith(this, [...this.#lists, this.#table.address]);
  }

  run(inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> {
    const engine = this.#engine;
    const given = [...this.#program.inputs].map(
      ([name, shape]) => [name, engine.own(checkInput(inputs, name, shape)).address] as const,
    );
    const workspace = engine.workspace(this.#plan);
    const results = this.#allocateOutputs();
    const addresses = new Map<Buffer, number>();
    for (const [name, address] of given) {
      const buffer = this.#lowered.inputs.get(name);
      if (buffer !== undefined) addresses.set(buffer, address);
    }
    for (const [name, buffer] of this.#lowered.outputs) {
      addresses.set(buffer, results[name]!.address);
    }
    this.#table.write(addresses, workspace);
    this.#lists.forEach((list, i) => {
      const start = performance.now();
      engine.runList(list, this.#table);
      engine.observe?.(this.#commands[i]!, performance.now() - start);
    });
    return results;
  }

  /** Allocates all outputs or none. */
  #allocateOutputs(): Readonly<Record<string, WasmTensor>> {
    const results: Record<string, WasmTensor> = {};
    try {
      for (const name of this.#lowered.outputs.keys()) {
        const {shape} = this.#program.steps[this.#program.outputs.get(name)!]!.value;
        results[name] = this.#engine.allocate(shape);
      }
    } catch (error) {
      for (const tensor of Object.values(results)) tensor.dispose();
      throw error;
    }
    return results;
  }

  /** Writes commands to memory and gives their address. */
  #write(rounds: readonly (readonly Command[])[]): number {
    const words = listOf(rounds, this.#engine.threads.count, {
      slotOf: (buffer) => this.#table.slotOf(buffer),
      functionOf: (body) => this.#engine.functionOf(body),
    });
    const list = this.#engine.heap.take(4 * words.length);
    this.#engine.heap.words(list, words.length).set(words);
    return list;
  }
}

/** A name for a function: functions with equal bodies share one. */
function nameOf(body: Uint8Array): string {
  return Buffer.from(body).toString('base64');
}
