/**
 * The engines by name, with the options on which an engine's bytes depend (see `WasmOptions`), and those with which they
 * are the same on every machine: not all machines have fused operations. `wasm-precise` rounds least: small tiles, and
 * every product and sum by itself.
 */
export const engines = {
  wasm: {options: {tile: 4, fused: true}, bitwise: {tile: 4, fused: false}},
  'wasm-precise': {options: {tile: 2, fused: false}, bitwise: {tile: 2, fused: false}},
  tfjs: {options: {}},
} as const;

export type EngineName = keyof typeof engines;
