import type {Dispatch, Limits} from '../../kernels/kernel.ts';
import {gridOf} from '../../print/grid.ts';
import {openClEntryPoint, printOpenCl} from '../../print/opencl.ts';
import type {Device, TimedLaunch} from '../gpu/device.ts';
import {CapacityError, ShaderError} from '../gpu/errors.ts';
import type {ClApi, Handle} from './bindings.ts';
import type {ClDevice} from './cl-devices.ts';
import {checkCl, clError, clErrorName} from './cl-error.ts';
import {timeLaunches} from './time-launches.ts';

/** A memory of the device. */
export interface ClMemory {
  readonly handle: Handle;
  /** The handle, as kernels take it. */
  readonly argument: BigUint64Array;
}

/** A compiled dispatch. */
export interface ClPipeline {
  readonly kernel: Handle;
  readonly program: Handle;
  /** The numbers of threads in x and in y, of all workgroups and of one. */
  readonly items: BigUint64Array;
  readonly group: BigUint64Array;
  /** The memories of its last launch, which the driver keeps for the next. */
  readonly bound: ClMemory[];
}

/** Launches that are handed over together: fewer cost the host time, more leave the card without work. */
const launchesAtOnce = 64;

/** An OpenCL device, with one queue that does everything in order. */
export class OpenClDevice implements Device<ClMemory, ClPipeline> {
  readonly description: string;
  readonly limits: Limits;
  readonly #cl: ClApi;
  readonly #device: Handle;
  readonly #context: Handle;
  readonly #queue: Handle;
  readonly #print: typeof printOpenCl;
  readonly #pipelines = new Map<string, ClPipeline>();
  readonly #memories = new Set<ClMemory>();
  /** Numbers on their way to the device, which must not move until they are there. */
  readonly #uploads: {readonly event: Handle; readonly numbers: Float32Array}[] = [];
  /** The first failure of a command: from then on, the numbers on the device mean nothing. */
  #failure: Error | undefined;
  #launches = 0;
  #makeRoom: () => void = () => undefined;

  constructor(chosen: ClDevice, print = printOpenCl) {
    const {api, platform, device, name, driver, limits} = chosen;
    this.#cl = api;
    this.#device = device;
    this.#print = print;
    this.limits = limits;
    this.description = `${name}, ${driver}`;
    const code: [number] = [0];
    const properties = BigInt64Array.of(contextPlatform, platform, 0n);
    this.#context = api.clCreateContext(properties, 1, [device], null, null, code);
    checkCl(code[0], 'clCreateContext');
    this.#queue = api.clCreateCommandQueue(this.#context, device, 0n, code);
    checkCl(code[0], 'clCreateCommandQueue');
  }

  allocate(bytes: number): ClMemory {
    const code: [number] = [0];
    const size = Math.max(bytes, leastBytes);
    let handle = 0n;
    const create = (): number => {
      handle = this.#cl.clCreateBuffer(this.#context, readWrite, size, null, code);
      return code[0];
    };
    checkCl(this.#finding(create, 'clCreateBuffer'), 'clCreateBuffer');
    const memory = {handle, argument: BigUint64Array.of(handle)};
    this.#memories.add(memory);
    return memory;
  }

  whenFull(makeRoom: () => void): void {
    this.#makeRoom = makeRoom;
  }

  /** The driver keeps the memory until the commands that use it are done. */
  free(memory: ClMemory): void {
    if (!this.#memories.delete(memory)) return;
    this.#note(this.#cl.clReleaseMemObject(memory.handle), 'clReleaseMemObject');
  }

  write(memory: ClMemory, data: Float32Array): void {
    if (data.length === 0) return;
    this.#dropUploads();
    // A copy, since the caller may change its numbers while commands before this one are still running.
    const numbers = resting(data.length);
    numbers.set(data);
    const event = this.#transfer('clEnqueueWriteBuffer', memory, numbers);
    if (event !== undefined) this.#uploads.push({event, numbers});
  }

  async read(
    parts: readonly {readonly memory: ClMemory; readonly size: number}[],
  ): Promise<readonly Float32Array[]> {
    const results = parts.map(({size}) => resting(size));
    const events = parts.flatMap(({memory, size}, part) =>
      size === 0 ? [] : (this.#transfer('clEnqueueReadBuffer', memory, results[part]!) ?? []),
    );
    try {
      this.#note(this.#cl.clFlush(this.#queue), 'clFlush');
      // The queue keeps the order, so the last one is done when all are.
      const last = events.at(-1);
      if (last !== undefined) this.#note(await this.#wait(last), 'clWaitForEvents');
    } finally {
      for (const event of events) this.#cl.clReleaseEvent(event);
    }
    this.#dropUploads();
    if (this.#failure !== undefined) throw this.#failure;
    return results;
  }

  prepare(dispatch: Dispatch): ClPipeline {
    const text = this.#print(dispatch);
    const {threads, groups, labels} = dispatch;
    // The text has the number of threads, and that of workgroups only where it must.
    const key = `${groups} ${text}`;
    const known = this.#pipelines.get(key);
    if (known !== undefined) return known;
    const {x, y} = gridOf(groups);
    const pipeline = {
      ...this.#build(text, {threads, labels}),
      items: BigUint64Array.of(BigInt(x * threads), BigInt(y)),
      group: BigUint64Array.of(BigInt(threads), 1n),
      bound: [],
    };
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }

  launch(pipeline: ClPipeline, memories: readonly ClMemory[]): void {
    this.#launch(this.#queue, {pipeline, memories}, null);
    // A driver may keep what it is asked until then.
    if (++this.#launches % launchesAtOnce === 0)
      this.#note(this.#cl.clFlush(this.#queue), 'clFlush');
  }

  async time(launches: readonly TimedLaunch<ClMemory, ClPipeline>[]): Promise<readonly number[]> {
    const [cl, context, device] = [this.#cl, this.#context, this.#device];
    cl.clFinish(this.#queue);
    const times = timeLaunches({cl, context, device}, launches, (launch, queue, event) =>
      this.#launch(queue, launch, event),
    );
    if (this.#failure !== undefined) throw this.#failure;
    return await Promise.resolve(times);
  }

  #launch(
    queue: Handle,
    {pipeline: {kernel, items, group, bound}, memories}: TimedLaunch<ClMemory, ClPipeline>,
    event: [Handle | null] | null,
  ): void {
    for (const [index, memory] of memories.entries()) {
      if (bound[index] === memory) continue;
      bound[index] = memory;
      this.#note(this.#cl.clSetKernelArg(kernel, index, 8, memory.argument), 'clSetKernelArg');
    }
    const cl = this.#cl;
    const call = 'clEnqueueNDRangeKernel';
    const ask = (): number => cl[call](queue, kernel, 2, null, items, group, 0, null, event);
    this.#note(this.#finding(ask, call), call);
  }

  /**
   * Asks for what needs memory. Without room for it, frees memories that lie idle, waits until the device has done with
   * them, and asks once more. Drivers look for the room of a memory when it is created, or when it is first used.
   */
  #finding(ask: () => number, call: string): number {
    const code = ask();
    if (!(clError(code, call) instanceof CapacityError)) return code;
    this.#makeRoom();
    this.#cl.clFinish(this.#queue);
    return ask();
  }

  /** Gives everything back, once everything asked so far is done. Nothing may be waited for any more. */
  close(): void {
    const cl = this.#cl;
    cl.clFinish(this.#queue);
    for (const memory of this.#memories) this.free(memory);
    for (const {event} of this.#uploads.splice(0)) cl.clReleaseEvent(event);
    for (const {kernel, program} of this.#pipelines.values()) {
      cl.clReleaseKernel(kernel);
      cl.clReleaseProgram(program);
    }
    this.#pipelines.clear();
    cl.clReleaseCommandQueue(this.#queue);
    cl.clReleaseContext(this.#context);
  }

  /** Asks for a transfer; gives its event, or notes the failure. */
  #transfer(
    call: 'clEnqueueReadBuffer' | 'clEnqueueWriteBuffer',
    memory: ClMemory,
    numbers: Float32Array,
  ): Handle | undefined {
    const event: [Handle | null] = [null];
    const address = this.#cl.addressOf(numbers);
    const {byteLength} = numbers;
    const transfer = this.#cl[call];
    const ask = (): number =>
      transfer(this.#queue, memory.handle, 0, 0, byteLength, address, 0, null, event);
    this.#note(this.#finding(ask, call), call);
    return event[0] ?? undefined;
  }

  #wait(event: Handle): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#cl.clWaitForEvents.async(1, [event], (error, code) => {
        if (error === null) resolve(code);
        else reject(error);
      });
    });
  }

  /** Lets go of numbers that have arrived. */
  #dropUploads(): void {
    const status = Buffer.alloc(4);
    for (;;) {
      const [oldest] = this.#uploads;
      if (oldest === undefined) return;
      const code = this.#cl.clGetEventInfo(oldest.event, executionStatus, 4, status, null);
      this.#note(code, 'clGetEventInfo');
      const reached = status.readInt32LE();
      if (code === 0 && reached > 0) return;
      if (reached < 0) this.#note(reached, 'clEnqueueWriteBuffer');
      this.#cl.clReleaseEvent(oldest.event);
      this.#uploads.shift();
    }
  }

  #build(
    text: string,
    {threads, labels}: Pick<Dispatch, 'threads' | 'labels'>,
  ): Pick<ClPipeline, 'program' | 'kernel'> {
    const cl = this.#cl;
    const code: [number] = [0];
    const program = cl.clCreateProgramWithSource(this.#context, 1, [text], null, code);
    checkCl(code[0], 'clCreateProgramWithSource');
    const refuse = (reason: string): never => {
      cl.clReleaseProgram(program);
      throw new ShaderError(
        `The OpenCL driver refuses the kernels ${labels.join(', ')}: ${reason}`,
      );
    };
    const built = cl.clBuildProgram(program, 1, [this.#device], buildOptions, null, null);
    if (built !== 0) refuse(`${clErrorName(built)}\n${this.#buildLog(program)}`);
    const kernel = cl.clCreateKernel(program, openClEntryPoint, code);
    if (code[0] !== 0) refuse(`clCreateKernel: ${clErrorName(code[0])}`);
    const most = Buffer.alloc(8);
    cl.clGetKernelWorkGroupInfo(kernel, this.#device, kernelThreads, 8, most, null);
    if (most.readBigUInt64LE() < threads) {
      cl.clReleaseKernel(kernel);
      refuse(`they need workgroups of ${threads} threads, and it allows ${most.readBigUInt64LE()}`);
    }
    return {program, kernel};
  }

  #buildLog(program: Handle): string {
    const to = Buffer.alloc(logBytes);
    const code = this.#cl.clGetProgramBuildInfo(
      program,
      this.#device,
      buildLogKey,
      to.length,
      to,
      null,
    );
    return code === 0 ? to.toString('utf8').replace(/\0.*$/s, '').trim() : 'It gives no reason.';
  }

  /** Keeps the first failure for the next `read`. */
  #note(code: number, call: string): void {
    this.#failure ??= clError(code, call);
  }
}

/** Numbers in memory that the garbage collector does not move: small typed arrays of their own may be moved. */
function resting(size: number): Float32Array<ArrayBuffer> {
  return new Float32Array(new ArrayBuffer(4 * size));
}

/** Values of OpenCL's headers. */
const contextPlatform = 0x1084n;
const readWrite = 1n;
const executionStatus = 0x11d3;
const buildLogKey = 0x1183;
const kernelThreads = 0x11b0;

/** OpenCL has no empty memories; a vector fits. */
const leastBytes = 16;
/** Room for a compiler's messages: more than anybody reads. */
const logBytes = 65_536;
/** The version that every driver has. Warnings are for authors of text, not for users. */
const buildOptions = '-cl-std=CL1.2 -w';
