import {createRequire} from 'node:module';
import type {Dispatch} from '../../../../src/tensor/kernels/kernel.ts';
import {gridOf} from '../../../../src/tensor/print/grid.ts';
import {openClEntryPoint} from '../../../../src/tensor/print/opencl.ts';
import type {Launcher} from './launcher.ts';

type Pointer = object | null;
type Call = (...args: readonly unknown[]) => unknown;

const signatures = {
  clGetPlatformIDs: 'int clGetPlatformIDs(uint32_t n, _Out_ void **p, _Out_ uint32_t *c)',
  clGetDeviceIDs: 'int clGetDeviceIDs(void *p, uint64_t t, uint32_t n, _Out_ void **d, void *c)',
  clGetDeviceInfo: 'int clGetDeviceInfo(void *d, uint32_t k, size_t n, void *v, void *r)',
  clCreateContext:
    'void *clCreateContext(void *p, uint32_t n, void **d, void *f, void *u, _Out_ int *e)',
  clCreateCommandQueue: 'void *clCreateCommandQueue(void *c, void *d, uint64_t p, _Out_ int *e)',
  clCreateBuffer: 'void *clCreateBuffer(void *c, uint64_t f, size_t n, void *h, _Out_ int *e)',
  clReleaseMemObject: 'int clReleaseMemObject(void *b)',
  clCreateProgramWithSource:
    'void *clCreateProgramWithSource(void *c, uint32_t n, const char **s, void *l, _Out_ int *e)',
  clBuildProgram:
    'int clBuildProgram(void *p, uint32_t n, void *d, const char *o, void *f, void *u)',
  clGetProgramBuildInfo:
    'int clGetProgramBuildInfo(void *p, void *d, uint32_t k, size_t n, void *v, void *r)',
  clReleaseProgram: 'int clReleaseProgram(void *p)',
  clCreateKernel: 'void *clCreateKernel(void *p, const char *n, _Out_ int *e)',
  clReleaseKernel: 'int clReleaseKernel(void *k)',
  clSetKernelArg: 'int clSetKernelArg(void *k, uint32_t i, size_t n, void **v)',
  clEnqueueNDRangeKernel:
    'int clEnqueueNDRangeKernel(void *q, void *k, uint32_t d, void *o, void *g, void *l, uint32_t n, void *w, void *e)',
  clEnqueueWriteBuffer:
    'int clEnqueueWriteBuffer(void *q, void *b, uint32_t w, size_t o, size_t n, void *p, uint32_t k, void *l, void *e)',
  clEnqueueReadBuffer:
    'int clEnqueueReadBuffer(void *q, void *b, uint32_t w, size_t o, size_t n, void *p, uint32_t k, void *l, void *e)',
  clReleaseCommandQueue: 'int clReleaseCommandQueue(void *q)',
  clReleaseContext: 'int clReleaseContext(void *c)',
} as const;

type Interface = Readonly<Record<keyof typeof signatures, Call>>;

/** @returns `undefined` where there is no OpenCL, or no device for it */
export function startOpenClLauncher(): Launcher | undefined {
  // PoCL's other methods take a branch of threads for one of the workgroup where a barrier is in an outer branch.
  process.env['POCL_WORK_GROUP_METHOD'] ??= 'cbs';
  const cl = load();
  if (cl === undefined) return undefined;
  const platforms: Pointer[] = [null];
  const devices: Pointer[] = [null];
  if (cl.clGetPlatformIDs(1, platforms, [0]) !== 0) return undefined;
  if (cl.clGetDeviceIDs(platforms[0], 0xffffffffn, 1, devices, null) !== 0) return undefined;
  const [device] = devices;
  const name = Buffer.alloc(256);
  check(cl.clGetDeviceInfo(device, 0x102b, name.length, name, null));
  const context = made((error) => cl.clCreateContext(null, 1, devices, null, null, error));
  const queue = made((error) => cl.clCreateCommandQueue(context, device, 0n, error));
  const build = (text: string): {program: Pointer; isBuilt: boolean; log: string} => {
    const program = made((error) => cl.clCreateProgramWithSource(context, 1, [text], null, error));
    const isBuilt = cl.clBuildProgram(program, 0, null, '-cl-std=CL1.2', null, null) === 0;
    const log = Buffer.alloc(2 ** 16);
    check(cl.clGetProgramBuildInfo(program, device, 0x1183, log.length, log, null));
    return {program, isBuilt, log: untilZero(log)};
  };
  return {
    description: untilZero(name),
    check: (text) => {
      const {program, isBuilt, log} = build(text);
      check(cl.clReleaseProgram(program));
      return Promise.resolve(isBuilt ? log : `not built\n${log}`);
    },
    launch: (dispatch, text, arrays) => {
      const {program, isBuilt, log} = build(text);
      if (!isBuilt) throw new Error(log);
      const kernel = made((error) => cl.clCreateKernel(program, openClEntryPoint, error));
      const found = launch(cl, {context, queue, kernel}, dispatch, arrays);
      check(cl.clReleaseKernel(kernel));
      check(cl.clReleaseProgram(program));
      return Promise.resolve(found);
    },
    close: () => {
      check(cl.clReleaseCommandQueue(queue));
      check(cl.clReleaseContext(context));
    },
  };
}

function load(): Interface | undefined {
  const koffi = createRequire(import.meta.url)('koffi') as {
    load(name: string): {func(signature: string): Call};
  };
  try {
    const library = koffi.load('libOpenCL.so.1');
    return Object.fromEntries(
      Object.entries(signatures).map(([name, signature]) => [name, library.func(signature)]),
    ) as Interface;
  } catch {
    return undefined;
  }
}

interface Objects {
  readonly context: Pointer;
  readonly queue: Pointer;
  readonly kernel: Pointer;
}

function launch(
  cl: Interface,
  {context, queue, kernel}: Objects,
  {threads, groups}: Dispatch,
  arrays: readonly Float32Array[],
): readonly Float32Array[] {
  const buffers = arrays.map(({byteLength}) => {
    const bytes = Math.max(16, Math.ceil(byteLength / 16) * 16);
    return made((error) => cl.clCreateBuffer(context, 1n, bytes, null, error));
  });
  for (const [place, buffer] of buffers.entries()) {
    const array = arrays[place]!;
    const {byteLength} = array;
    check(cl.clEnqueueWriteBuffer(queue, buffer, 1, 0, byteLength, array, 0, null, null));
    check(cl.clSetKernelArg(kernel, place, 8, [buffer]));
  }
  const {x, y} = gridOf(groups);
  const sizes = BigUint64Array.of(BigInt(x * threads), BigInt(y));
  const local = BigUint64Array.of(BigInt(threads), 1n);
  check(cl.clEnqueueNDRangeKernel(queue, kernel, 2, null, sizes, local, 0, null, null));
  const found = arrays.map(({length}) => new Float32Array(length));
  for (const [place, buffer] of buffers.entries()) {
    const array = found[place]!;
    check(cl.clEnqueueReadBuffer(queue, buffer, 1, 0, array.byteLength, array, 0, null, null));
    check(cl.clReleaseMemObject(buffer));
  }
  return found;
}

function made(make: (error: number[]) => unknown): Pointer {
  const error = [0];
  const found = make(error) as Pointer;
  check(error[0]);
  return found;
}

function check(code: unknown): void {
  if (code !== 0) throw new Error(`OpenCL answered ${String(code)}`);
}

function untilZero(text: Buffer): string {
  return text.toString('utf8').replace(/\0.*$/su, '');
}
