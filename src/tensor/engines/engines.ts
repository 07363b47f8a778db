/**
 * The engines by name, with the options on which an engine's bytes depend (see `WasmOptions`), and those with which they
 * are the same on every machine: not all machines have fused operations. `wasm-precise` has the smallest rounding errors:
 * it uses small tiles, and rounds every product and sum separately. Compilers of GPUs fuse as they like, so that the bytes of
 * their engines are the same on one device only; `-precise` means small tiles there too.
 */
export const engines = {
  wasm: {options: {tile: 4, fused: true}, bitwise: {tile: 4, fused: false}},
  'wasm-precise': {options: {tile: 2, fused: false}, bitwise: {tile: 2, fused: false}},
  webgpu: {
    options: {tile: 4},
    withEqualGpus:
      'tells them apart only with Mesa’s device selection layer (package mesa-vulkan-drivers), and otherwise refuses them; --engine opencl always tells them apart',
  },
  'webgpu-precise': {options: {tile: 2}},
  opencl: {options: {tile: 4}},
  'opencl-precise': {options: {tile: 2}},
  tfjs: {options: {}},
} as const;

export type EngineName = keyof typeof engines;
