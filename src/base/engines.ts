/**
 * The engines by name, with the options on which an engine's bytes depend. `wasm-precise` has the smallest rounding
 * errors: it uses small tiles, and rounds every product and sum separately.
 */
export const engines = {
  wasm: {tile: 4, fused: true},
  'wasm-precise': {tile: 2, fused: false},
  tfjs: {},
} as const satisfies Readonly<Record<string, EngineOptions>>;

/** See `WasmOptions`. Empty for an engine that has no options. */
export type EngineOptions = {
  readonly tile?: 2 | 4;
  readonly fused?: boolean;
};

export type EngineName = keyof typeof engines;

/** A requested engine: a name, or the fastest on this machine. */
export type EngineWish = 'auto' | EngineName;

export const engineWishes: readonly EngineWish[] = [
  'auto',
  ...(Object.keys(engines) as EngineName[]),
];

/**
 * The numerics that a pipeline asks for. `any`: any engine, so keys do not contain one. `engine`: the requested engine,
 * which is then part of the key. `bitwise`: the same, and equal bytes on every machine.
 */
export type Numerics = (typeof numericsNames)[number];

/** In ascending order of strictness. */
export const numericsNames = ['any', 'engine', 'bitwise'] as const;

/** An engine that is part of a key, with its options and the reason. */
export type PinnedEngine = EngineOptions & {
  readonly name: EngineName;
  readonly numerics: Exclude<Numerics, 'any'>;
};

/** The options that an engine is started with. `bitwise` turns off what machines round differently. */
export function engineOptions(name: EngineName, numerics: Numerics): EngineOptions {
  const options: EngineOptions = engines[name];
  return numerics === 'bitwise' ? {...options, fused: false} : options;
}
