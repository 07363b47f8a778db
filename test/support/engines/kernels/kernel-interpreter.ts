/**
 * Runs kernels on typed arrays, in float32 arithmetic, and checks what the kernel language asks of them. The threads of
 * a workgroup run one after the other from barrier to barrier; statements with barriers in them are run by all together.
 */
import {Code} from '../../../../src/tensor/kernels/code.ts';
import type {MemoryId, Statement} from '../../../../src/tensor/kernels/ir.ts';
import type {Dispatch, Kernel} from '../../../../src/tensor/kernels/kernel.ts';
import type {Run} from './kernel-scope.ts';
import {compileStatements} from './kernel-statements.ts';
import {DeviceMemory, SharedMemory} from './kernel-memory.ts';

export interface RunOptions {
  /** How a result of arithmetic is rounded; `Math.fround` if absent. */
  readonly round?: (value: number) => number;
}

/**
 * Runs a dispatch. The arrays are in the order of its bindings.
 * @throws Error if the dispatch breaks a rule of the kernel language
 */
export function runDispatch(
  dispatch: Dispatch,
  arrays: readonly Float32Array[],
  options: RunOptions = {},
): void {
  const {labels, threads, groups, shared, bindings, body} = dispatch;
  if (arrays.length !== bindings.length)
    throw new Error(`${arrays.length} arrays for ${bindings.length} bindings`);
  const memories = new Map<MemoryId, DeviceMemory>(
    bindings.map(({type, isWritten}, place) => [
      place,
      new DeviceMemory(`binding ${place}`, arrays[place]!, {isRead: true, isWritten, type}),
    ]),
  );
  runBody({label: labels.join(' + '), threads, groups, shared, body, memories}, options);
}

/**
 * Runs a kernel by itself.
 * @param memories the numbers of each node, by the node's id
 * @param threads of a workgroup, for kernels that leave it open; 64 if absent
 * @returns how many numbers of each memory were stored
 * @throws Error if the kernel breaks a rule of the kernel language or stores to one memory both numbers and vectors
 */
export function runKernel(
  kernel: Kernel,
  memories: ReadonlyMap<MemoryId, Float32Array>,
  threads: number = kernel.threads ?? 64,
  options: RunOptions = {},
): ReadonlyMap<MemoryId, number> {
  const {label, reads, writes} = kernel;
  const {groups, shared} = kernel.size(threads);
  const code = new Code();
  kernel.write(code, {group: {kind: 'builtin', type: 'u32', name: 'group'}, threads});
  const device = new Map(
    [...memories].map(([id, array]) => {
      const isWritten = writes.has(id);
      const isRead = isWritten || reads.has(id);
      return [id, new DeviceMemory(`memory ${id}`, array, {isRead, isWritten})];
    }),
  );
  runBody({label, threads, groups, shared, body: code.statements, memories: device}, options);
  return new Map([...device].map(([id, memory]) => [id, memory.stored]));
}

/** Runs statements by themselves, in one workgroup: for tests of expressions. */
export function runStatements(
  body: readonly Statement[],
  memories: ReadonlyMap<MemoryId, Float32Array>,
  {threads = 1, shared = 0}: {readonly threads?: number; readonly shared?: number} = {},
): void {
  const ids = new Set(memories.keys());
  const kernel: Kernel = {
    label: 'statements',
    reads: ids,
    writes: ids,
    flops: 0,
    size: () => ({groups: 1, shared}),
    write: (code) => code.statements.push(...body),
  };
  runKernel(kernel, memories, threads);
}

interface Launch {
  readonly label: string;
  readonly threads: number;
  readonly groups: number;
  readonly shared: number;
  readonly body: readonly Statement[];
  readonly memories: ReadonlyMap<MemoryId, DeviceMemory>;
}

function runBody(launch: Launch, {round = Math.fround}: RunOptions): void {
  const {label, threads, groups, shared, body, memories} = launch;
  const run: Run = {
    label,
    threads,
    memories,
    shared: new SharedMemory(shared),
    round,
    group: 0,
    thread: 0,
    place: '',
    isDiscarded: false,
    names: [],
  };
  const runGroup = compileStatements(body, run);
  for (let group = 0; group < groups; group++) {
    run.group = group;
    run.shared.clear();
    for (const memory of memories.values()) memory.passBarrier();
    runGroup();
  }
}
