import type {Engine} from '../engine.ts';

/** The engines there are. */
export type EngineName = 'tfjs';

/** A started engine, and how the choice came about, a line a candidate. */
export interface StartedEngine {
  readonly engine: Engine;
  readonly why: readonly string[];
}

/** Starts the engine asked for; `auto` takes the fastest that works on this machine. */
export async function startEngine(choice: {
  readonly name: 'auto' | EngineName;
}): Promise<StartedEngine> {
  // Loaded only when it is to run: TensorFlow.js takes a while.
  const {startTfjsEngine} = await import('./tfjs/tfjs-engine.ts');
  const engine = await startTfjsEngine();
  const asked = choice.name === 'auto' ? 'the fastest that works here' : 'as asked';
  return {engine, why: [`engine tfjs: ${asked}`, ...engine.backend.why]};
}
