import type {Code} from './code.ts';
import type {Expression, MemoryId, Statement} from './ir.ts';

/**
 * A kernel that is not yet part of a dispatch. Its memories are nodes. It writes each number that it makes exactly once,
 * reads no number that another of its workgroups writes, and is written for the number of threads that its dispatch
 * settles on.
 */
export interface Kernel {
  /** For reports and tests: what it computes, such as `product 16×640×128×128`. */
  readonly label: string;
  /** The threads of a workgroup that it needs; absent if any number will do. */
  readonly threads?: number;
  readonly reads: ReadonlySet<MemoryId>;
  readonly writes: ReadonlySet<MemoryId>;
  /** The chunk of the images that it computes for; absent if it computes for all. */
  readonly chunk?: number | undefined;
  /** Additions and multiplications, all workgroups together. */
  readonly flops: number;
  /** The number of workgroups, and the vectors of memory that the threads of each share. */
  size(threads: number): {readonly groups: number; readonly shared: number};
  /** Writes the kernel. `group` counts its own workgroups from 0. */
  write(code: Code, place: {readonly group: Expression; readonly threads: number}): void;
}

/** Where a dispatch finds a memory: in one of the arenas, or in the tensor of an input or an output. */
export type BindingSource =
  | {readonly kind: 'arena'; readonly arena: number}
  | {readonly kind: 'input' | 'output'; readonly name: string};

/** A memory as a dispatch sees it: numbers or vectors. The other of the two is read through it; never written. */
export interface Binding {
  readonly source: BindingSource;
  readonly type: 'f32' | 'vec4f';
  readonly isWritten: boolean;
}

/** What kernels do at least, all workgroups together. */
export interface Cost {
  /** Additions and multiplications. */
  readonly flops: number;
  /** Bytes of the memories that each kernel reads and writes, once each. */
  readonly bytes: number;
}

/** Kernels that do not wait for each other, as one launch. Memories in `body` are places in `bindings`. */
export interface Dispatch {
  readonly labels: readonly string[];
  /** Threads of a workgroup. */
  readonly threads: number;
  /** The number of workgroups; a printer spreads them over two dimensions where one is too short. */
  readonly groups: number;
  /** Vectors of memory that the threads of a workgroup share. */
  readonly shared: number;
  readonly bindings: readonly Binding[];
  readonly body: readonly Statement[];
}

/** A compiled program: what a runtime keeps, prints and launches, in order. */
export interface GpuProgram {
  readonly dispatches: readonly Dispatch[];
  /** Sizes of the arenas in numbers; each is of numbers or of vectors. */
  readonly arenas: readonly {readonly type: 'f32' | 'vec4f'; readonly size: number}[];
}

/** What a device allows; a compiled program keeps to it. */
export interface Limits {
  /** Threads of a workgroup. */
  readonly threads: number;
  /** Bytes of memory of a workgroup. */
  readonly sharedBytes: number;
  /** Memories of a dispatch. */
  readonly bindings: number;
  /** Bytes of one memory. */
  readonly bindingBytes: number;
  /**
   * Set for drivers that compile barriers in branches wrongly: a kernel whose threads wait for each other is then a
   * dispatch of its own, and needs no branch on the number of the workgroup.
   */
  readonly wantsBarriersApart?: boolean;
}

/** What every WebGPU device guarantees. */
export const guaranteedLimits: Limits = {
  threads: 256,
  sharedBytes: 16_384,
  bindings: 8,
  bindingBytes: 2 ** 27,
};
