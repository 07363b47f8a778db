/** Checks `mtt.json`: complete outer iterations with hard labels. */
import type {Engine} from '../../src/tensor/engine.ts';
import type {Deviation} from './deviation.ts';
import {unroll, unrolledDeviations, type SteppedCase} from './unrolled.ts';

interface MttCase extends SteppedCase {
  readonly labels: readonly number[];
}

export async function checkMtt(engine: Engine, reference: MttCase): Promise<readonly Deviation[]> {
  const classes = Int32Array.from(reference.labels);
  return unrolledDeviations(reference, await unroll(engine, reference, {classes}));
}
