import type {Dispatch} from '../../../../src/tensor/kernels/kernel.ts';
import {gridOf} from '../../../../src/tensor/print/grid.ts';
import '../gpu/software-gpu.ts';
import type {Launcher} from './launcher.ts';

/** @returns `undefined` where no device is found */
export async function startWgslLauncher(): Promise<Launcher | undefined> {
  const {create, globals} = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return undefined;
  const device = await adapter.requestDevice();
  return {
    description: adapter.info.description,
    launch: async (dispatch, code, arrays) => {
      device.pushErrorScope('validation');
      const found = await launch(device, dispatch, code, arrays);
      const error = await device.popErrorScope();
      if (error !== null) throw new Error(error.message);
      return found;
    },
    check: async (code) => {
      device.pushErrorScope('validation');
      const {messages} = await device.createShaderModule({code}).getCompilationInfo();
      await device.popErrorScope();
      return messages.map(({lineNum, message}) => `${lineNum}: ${message}\n`).join('');
    },
    close: () => {
      device.destroy();
      // The object that drives Dawn must outlive its devices.
      kept.push(gpu);
    },
  };
}

const kept: GPU[] = [];

async function launch(
  device: GPUDevice,
  {bindings, groups}: Dispatch,
  code: string,
  arrays: readonly Float32Array[],
): Promise<readonly Float32Array[]> {
  const layout = device.createBindGroupLayout({
    entries: bindings.map(({isWritten}, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: {type: isWritten ? 'storage' : 'read-only-storage'},
    })),
  });
  const pipeline = device.createComputePipeline({
    layout: device.createPipelineLayout({bindGroupLayouts: [layout]}),
    compute: {module: device.createShaderModule({code}), entryPoint: 'main'},
  });
  const {STORAGE, COPY_SRC, COPY_DST, MAP_READ} = GPUBufferUsage;
  const buffers = arrays.map((array) => {
    const buffer = device.createBuffer({
      size: Math.max(16, Math.ceil(array.byteLength / 16) * 16),
      usage: STORAGE | COPY_SRC | COPY_DST,
    });
    device.queue.writeBuffer(buffer, 0, array.slice());
    return buffer;
  });
  const group = device.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({binding, resource: {buffer}})),
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  const {x, y} = gridOf(groups);
  pass.dispatchWorkgroups(x, y);
  pass.end();
  const copies = arrays.map((array, place) => {
    const copy = device.createBuffer({size: array.byteLength, usage: MAP_READ | COPY_DST});
    encoder.copyBufferToBuffer(buffers[place]!, 0, copy, 0, array.byteLength);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const found: Float32Array[] = [];
  for (const copy of copies) {
    await copy.mapAsync(GPUMapMode.READ);
    found.push(new Float32Array(copy.getMappedRange().slice(0)));
  }
  for (const buffer of [...buffers, ...copies]) buffer.destroy();
  return found;
}
