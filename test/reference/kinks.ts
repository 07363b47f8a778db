import type {Engine} from '../../src/tensor/engine.ts';
import {Graph} from '../../src/tensor/graph.ts';
import type {Value} from '../../src/tensor/value.ts';
import {program} from '../../src/tensor/program.ts';
import {hashFill} from './hash-fill.ts';
import {splitParams, type Model} from '../../src/learning/models/model.ts';

/**
 * Gives the tolerance of a case's float32 gradients against float64 ones, relative to their scale.
 *
 * If a change of θ by the rounding of a float32 sum switches no ReLU, all engines agree on every ReLU. The tolerance is
 * then 1e-4, ten times the largest error of float32 PyTorch. Otherwise engines may decide a ReLU differently, which
 * changes gradients by 1e-3 to 1e-2 in any float32 engine, including PyTorch. The tolerance is then 2e-2.
 */
export async function gradientTolerance(
  engine: Engine,
  model: Model,
  {theta, images, batch}: {theta: Float32Array; images: Float32Array; batch: number},
): Promise<number> {
  const {height, width, channels} = model.input;
  const graph = new Graph();
  const input = graph.input('images', [batch, height, width, channels]);
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const switches = preActivations(model.apply(params, input).logits);
  if (switches.length === 0) return strictTolerance;
  const named = Object.fromEntries(switches.map((value, i) => [String(i), value]));
  const forward = engine.compile(program(named));
  const switched = async (parameters: Float32Array): Promise<readonly Float32Array[]> => {
    const inputs = {
      theta: engine.upload(parameters, [parameters.length]),
      images: engine.upload(images, input.shape),
    };
    const outputs = Object.values(forward.run(inputs));
    const values: Float32Array[] = [];
    for (const output of outputs) values.push(await engine.read(output));
    for (const tensor of [...Object.values(inputs), ...outputs]) tensor.dispose();
    return values;
  };
  const exact = await switched(theta);
  for (const seed of [1, 2, 3]) {
    const nudged = await switched(nudge(theta, seed));
    if (nudged.some((values, layer) => !haveSameSigns(values, exact[layer]!))) return lenient;
  }
  return strictTolerance;
}

/** Tells whether the same values are above zero. A loop: there are millions. */
function haveSameSigns(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i]! > 0 !== b[i]! > 0) return false;
  return true;
}

/** The tolerance if no ReLU is undecided. */
export const strictTolerance = 1e-4;
const lenient = 2e-2;

/**
 * The relative change of θ that stands for rounding. Sums of about 1,000 float32 products had errors of 5e-7 of their
 * scale, and at most 4e-6.
 */
const rounding = 1e-6;

function nudge(theta: Float32Array, seed: number): Float32Array {
  const nudged = hashFill({seed, scale: rounding, offset: 1}, theta.length);
  for (let i = 0; i < nudged.length; i++) nudged[i] = theta[i]! * nudged[i]!;
  return nudged;
}

/** Gives the values whose sign decides a ReLU. */
function preActivations(output: Value): readonly Value[] {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const pending = [output];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.op.kind === 'heaviside') found.add(value.operands[0]!);
    pending.push(...value.operands);
  }
  return [...found];
}
