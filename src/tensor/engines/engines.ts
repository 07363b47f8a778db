/**
 * The engines by name, with the options on which an engine's bytes depend (see `WasmOptions`), and those with which they
 * are the same on every machine: not all machines have fused operations. `wasm-precise` has the smallest rounding errors:
 * it uses small tiles, and rounds every product and sum separately.
 */
export const engines = {
  wasm: {options: {tile: 4, fused: true}, bitwise: {tile: 4, fused: false}},
  'wasm-precise': {options: {tile: 2, fused: false}, bitwise: {tile: 2, fused: false}},
  tfjs: {options: {}},
} as const;

export type EngineName = keyof typeof engines;
