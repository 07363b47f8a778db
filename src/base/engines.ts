/**
 * The engines by name, with the options on which an engine's bytes depend. `wasm-precise` rounds least: small tiles, and
 * every product and sum by itself.
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

/** What may be asked for: an engine, or whichever is the fastest here. */
export type EngineWish = 'auto' | EngineName;

export const engineWishes: readonly EngineWish[] = [
  'auto',
  ...(Object.keys(engines) as EngineName[]),
];

/**
 * What a pipeline asks of the numbers of its stages. `any`: of any engine, so that engines are no part of keys.
 * `engine`: of the engine that is asked for, which is then part of the key. `bitwise`: that, and the same bytes on every
 * machine.
 */
export type Numerics = (typeof numericsNames)[number];

/** Each asks for more than the one before. */
export const numericsNames = ['any', 'engine', 'bitwise'] as const;

/** An engine that is part of a key, with its options, and why it is. */
export type PinnedEngine = EngineOptions & {
  readonly name: EngineName;
  readonly numerics: Exclude<Numerics, 'any'>;
};

/** How an engine is to be started. What machines round differently is left out of `bitwise`. */
export function engineOptions(name: EngineName, numerics: Numerics): EngineOptions {
  const options: EngineOptions = engines[name];
  return numerics === 'bitwise' ? {...options, fused: false} : options;
}
