import type {JsonObject} from './json.ts';

/** An engine for tensor programs, as keys and command lines see it. */
export interface EngineDefinition {
  /** The options on which its bytes depend. */
  readonly options: JsonObject;
  /** The options with which it gives the same bytes on every machine. Absent: there are none. */
  readonly bitwise?: JsonObject;
  /** The end of a sentence about the engine: its choice among several GPUs of one name. Absent: it tells them apart. */
  readonly withEqualGpus?: string;
}

/** Engines by name. `auto` means the first of them if the engine is part of keys. */
export type Engines = Readonly<Record<string, EngineDefinition>>;

/**
 * The numerics that a pipeline asks for. `any`: any engine, so keys do not contain one. `engine`: the requested engine,
 * which is then part of the key. `bitwise`: the same, and equal bytes on every machine.
 */
export type Numerics = (typeof numericsNames)[number];

/** In ascending order of strictness. */
export const numericsNames = ['any', 'engine', 'bitwise'] as const;

/** An engine that is part of a key, with its options and the reason. */
export type PinnedEngine = JsonObject & {
  readonly name: string;
  readonly numerics: Exclude<Numerics, 'any'>;
};

/** The engine that a run asks for, and what it may use. */
export interface EngineRequest {
  /** The name of an engine; or `auto`, for the fastest on this machine. */
  readonly name: string;
  readonly numerics: Numerics;
  /** The number of threads that may compute. */
  readonly threads: number;
  /** Whether a GPU is available. */
  readonly gpu: boolean;
  /** The PCI address of the GPU that may be used, such as `0000:c1:00.0`. Absent: the only one that the process sees. */
  readonly gpuAddress?: string;
  /** The PCI addresses of all GPUs that may be used, that one first. Absent: there is at most one. */
  readonly gpuAddresses?: readonly string[];
  /** Whether the machine has no GPU but this one. Absent: not known. */
  readonly isOnlyGpu?: boolean;
  /** Whether an engine for GPUs may use software in the place of one: slow, for tests. */
  readonly software?: true;
}
