import type * as Koffi from 'koffi';

/** An address of the driver's: a platform, device, context, queue, memory, program, kernel or event. */
export type Handle = bigint;
/** A list of one item, which the called function replaces by its result. */
type Place<T> = [T];
type Bytes = NodeJS.ArrayBufferView | null;

/** OpenCL as the engine calls it. */
export interface ClApi extends ClFunctions {
  /** The address of an array's numbers, for transfers that go on after the call. */
  addressOf(numbers: Float32Array): Handle;
}

/** The functions that the engine calls. Each returns a code of `cl-error.ts`, or the handle that it makes. */
interface ClFunctions {
  readonly clGetPlatformIDs: (
    size: number,
    platforms: (Handle | null)[] | null,
    count: Place<number>,
  ) => number;
  clGetPlatformInfo(platform: Handle, key: number, size: number, to: Bytes, used: null): number;
  clGetDeviceIDs(
    platform: Handle,
    kind: bigint,
    size: number,
    devices: (Handle | null)[] | null,
    count: Place<number>,
  ): number;
  clGetDeviceInfo(device: Handle, key: number, size: number, to: Bytes, used: null): number;
  clCreateContext(
    properties: BigInt64Array,
    count: number,
    devices: readonly Handle[],
    callback: null,
    data: null,
    code: Place<number>,
  ): Handle;
  clReleaseContext(context: Handle): number;
  clCreateCommandQueue(context: Handle, device: Handle, flags: bigint, code: Place<number>): Handle;
  clReleaseCommandQueue(queue: Handle): number;
  clCreateBuffer(
    context: Handle,
    flags: bigint,
    bytes: number,
    from: null,
    code: Place<number>,
  ): Handle;
  clReleaseMemObject(memory: Handle): number;
  clCreateProgramWithSource(
    context: Handle,
    count: number,
    texts: readonly string[],
    lengths: null,
    code: Place<number>,
  ): Handle;
  clReleaseProgram(program: Handle): number;
  clBuildProgram(
    program: Handle,
    count: number,
    devices: readonly Handle[],
    options: string,
    callback: null,
    data: null,
  ): number;
  clGetProgramBuildInfo(
    program: Handle,
    device: Handle,
    key: number,
    size: number,
    to: Bytes,
    used: null,
  ): number;
  clCreateKernel(program: Handle, name: string, code: Place<number>): Handle;
  clReleaseKernel(kernel: Handle): number;
  clSetKernelArg(kernel: Handle, index: number, size: number, value: BigUint64Array): number;
  clGetKernelWorkGroupInfo(
    kernel: Handle,
    device: Handle,
    key: number,
    size: number,
    to: Bytes,
    used: null,
  ): number;
  clWaitForEvents: {
    async(
      count: number,
      events: readonly Handle[],
      done: (error: Error | null, code: number) => void,
    ): void;
  };
  clGetEventInfo(event: Handle, key: number, size: number, to: Bytes, used: null): number;
  clReleaseEvent(event: Handle): number;
  clGetEventProfilingInfo(event: Handle, key: number, size: number, to: Bytes, used: null): number;
  clFlush(queue: Handle): number;
  clFinish(queue: Handle): number;
  clEnqueueReadBuffer: Transfer;
  clEnqueueWriteBuffer: Transfer;
  clEnqueueNDRangeKernel(
    queue: Handle,
    kernel: Handle,
    dimensions: number,
    offsets: null,
    items: BigUint64Array,
    group: BigUint64Array,
    waitCount: number,
    waits: null,
    event: Place<Handle | null> | null,
  ): number;
}

type Transfer = (
  ...parameters: [
    queue: Handle,
    memory: Handle,
    isBlocking: number,
    offset: number,
    bytes: number,
    address: Handle,
    waitCount: number,
    waits: null,
    event: Place<Handle | null>,
  ]
) => number;

const info = 'uint32_t key, size_t size, void *to, void *used';
const transfer =
  'void *queue, void *memory, uint32_t isBlocking, size_t offset, size_t bytes, void *address, uint32_t waitCount, void *waits, _Out_ void **event';

/** Each function's declaration, and its place in the table that drivers give to OpenCL's loader (`cl_icd.h`). */
const declarations: Readonly<Record<keyof ClFunctions, readonly [place: number, text: string]>> = {
  clGetPlatformIDs: [0, 'int F(uint32_t size, _Out_ void **platforms, _Out_ uint32_t *count)'],
  clGetPlatformInfo: [1, `int F(void *platform, ${info})`],
  clGetDeviceIDs: [
    2,
    'int F(void *platform, uint64_t kind, uint32_t size, _Out_ void **devices, _Out_ uint32_t *count)',
  ],
  clGetDeviceInfo: [3, `int F(void *device, ${info})`],
  clCreateContext: [
    4,
    'void *F(void *properties, uint32_t count, void **devices, void *callback, void *data, _Out_ int *code)',
  ],
  clReleaseContext: [7, 'int F(void *context)'],
  clCreateCommandQueue: [
    9,
    'void *F(void *context, void *device, uint64_t flags, _Out_ int *code)',
  ],
  clReleaseCommandQueue: [11, 'int F(void *queue)'],
  clCreateBuffer: [
    14,
    'void *F(void *context, uint64_t flags, size_t bytes, void *from, _Out_ int *code)',
  ],
  clReleaseMemObject: [18, 'int F(void *memory)'],
  clCreateProgramWithSource: [
    26,
    'void *F(void *context, uint32_t count, const char **texts, void *lengths, _Out_ int *code)',
  ],
  clReleaseProgram: [29, 'int F(void *program)'],
  clBuildProgram: [
    30,
    'int F(void *program, uint32_t count, void **devices, const char *options, void *callback, void *data)',
  ],
  clGetProgramBuildInfo: [33, `int F(void *program, void *device, ${info})`],
  clCreateKernel: [34, 'void *F(void *program, const char *name, _Out_ int *code)'],
  clReleaseKernel: [37, 'int F(void *kernel)'],
  clSetKernelArg: [38, 'int F(void *kernel, uint32_t index, size_t size, void *value)'],
  clGetKernelWorkGroupInfo: [40, `int F(void *kernel, void *device, ${info})`],
  clWaitForEvents: [41, 'int F(uint32_t count, void **events)'],
  clGetEventInfo: [42, `int F(void *event, ${info})`],
  clReleaseEvent: [44, 'int F(void *event)'],
  clGetEventProfilingInfo: [45, `int F(void *event, ${info})`],
  clFlush: [46, 'int F(void *queue)'],
  clFinish: [47, 'int F(void *queue)'],
  clEnqueueReadBuffer: [48, `int F(${transfer})`],
  clEnqueueWriteBuffer: [49, `int F(${transfer})`],
  clEnqueueNDRangeKernel: [
    59,
    'int F(void *queue, void *kernel, uint32_t dimensions, void *offsets, void *items, void *group, uint32_t waitCount, void *waits, _Out_ void **event)',
  ],
};

const names = Object.keys(declarations) as readonly (keyof ClFunctions)[];
const tableLength = 60;

/** The functions that OpenCL's loader exports, for all drivers that are registered with it. */
export function bindLoader(koffi: typeof Koffi, library: string): ClApi {
  const loader = koffi.load(library);
  return bind(koffi, (name, text) => loader.func(text.replace(/\bF\(/, `${name}(`)));
}

/** A driver without OpenCL's loader: its functions and platforms, by the way in that it offers to the loader. */
export function bindDriver(
  koffi: typeof Koffi,
  library: string,
): {readonly api: ClApi; readonly platforms: readonly Handle[]} {
  const driver = koffi.load(library);
  const find = driver.func('void *clGetExtensionFunctionAddress(const char *name)');
  const address = find('clIcdGetPlatformIDsKHR') as Handle | null;
  if (address === null) throw new Error(`${library} offers no platforms`);
  const list = koffi.decode(address, prototype(koffi, 'clGetPlatformIDs')) as unknown;
  const platforms = platformsBy(list as ClApi['clGetPlatformIDs']);
  if (platforms[0] === undefined) throw new Error(`${library} finds no device`);
  // A platform begins with the address of its driver's table of functions.
  const table = koffi.decode(
    koffi.decode(platforms[0], 'void *'),
    koffi.array('void *', tableLength, 'Array'),
  ) as readonly Handle[];
  const api = bind(koffi, (name) => {
    const [place] = declarations[name];
    return koffi.decode(table[place]!, prototype(koffi, name)) as unknown;
  });
  return {api, platforms};
}

/** The platforms that a function lists; none if it says that there are none. */
export function platformsBy(list: ClApi['clGetPlatformIDs']): readonly Handle[] {
  const count: Place<number> = [0];
  if (list(0, null, count) !== 0 || count[0] === 0) return [];
  const platforms = Array.from<Handle | null>({length: count[0]}).fill(null);
  if (list(count[0], platforms, count) !== 0) return [];
  return platforms.filter((platform) => platform !== null);
}

function bind(
  koffi: typeof Koffi,
  make: (name: keyof ClFunctions, text: string) => unknown,
): ClApi {
  const functions = Object.fromEntries(
    names.map((name) => [name, make(name, declarations[name][1])]),
  ) as unknown as ClFunctions;
  return {...functions, addressOf: (numbers) => koffi.address(numbers)};
}

/** Prototypes have names that are unique in a process. */
const prototypes = new Map<keyof ClFunctions, Koffi.TypeObject>();

function prototype(koffi: typeof Koffi, name: keyof ClFunctions): Koffi.TypeObject {
  const known = prototypes.get(name);
  if (known !== undefined) return known;
  const made = koffi.proto(declarations[name][1].replace(/\bF\(/, `${name}_of_a_driver(`));
  prototypes.set(name, made);
  return made;
}
