import type {JsonObject} from './json.ts';

/** What executes tensor programs, as far as keys and command lines know it. */
export interface EngineDefinition {
  /** The options on which its bytes depend. */
  readonly options: JsonObject;
  /** The options with which its bytes are the same on every machine. Absent: they never are. */
  readonly bitwise?: JsonObject;
}

/** Engines by name. The first takes the place of `auto` where the engine is part of keys. */
export type Engines = Readonly<Record<string, EngineDefinition>>;

/**
 * What a pipeline asks of the numbers of its stages. `any`: of any engine, so that engines are no part of keys.
 * `engine`: of the engine that is asked for, which is then part of the key. `bitwise`: that, and the same bytes on every
 * machine.
 */
export type Numerics = (typeof numericsNames)[number];

/** Each asks for more than the one before. */
export const numericsNames = ['any', 'engine', 'bitwise'] as const;

/** An engine that is part of a key, with its options, and why it is. */
export type PinnedEngine = JsonObject & {
  readonly name: string;
  readonly numerics: Exclude<Numerics, 'any'>;
};

/** Which engine a run asks for, and what it may use. */
export interface EngineRequest {
  /** The name of an engine; or `auto`, for the one that is the fastest here. */
  readonly name: string;
  readonly numerics: Numerics;
  /** How many threads may compute. */
  readonly threads: number;
  /** Whether there is a GPU to compute on. */
  readonly gpu: boolean;
}
