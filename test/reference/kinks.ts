import type {Engine} from '../../src/tensor/engine.ts';
import {Graph, type Value} from '../../src/tensor/graph.ts';
import {program} from '../../src/tensor/program.ts';
import {splitParams, type Model} from '../../src/learning/models/model.ts';

/**
 * How far float32 gradients of a case may be from float64 ones, relative to their scale.
 *
 * Where every pre-activation is further from zero than rounding, all engines switch the same ReLUs on and 1e-4 (ten times
 * the worst that float32 PyTorch shows) holds. Where one is not, an engine may flip it, and a flipped ReLU moves
 * gradients by 1e-3 to 1e-2 in any float32 engine: then only 2e-2 can be asked for.
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
  if (switches.length === 0) return strict;
  const inputs = {
    theta: engine.upload(theta, [theta.length]),
    images: engine.upload(images, input.shape),
  };
  const named = Object.fromEntries(switches.map((value, i) => [String(i), value]));
  const outputs = Object.values(engine.compile(program(named)).run(inputs));
  let near = false;
  for (const output of outputs) near ||= isNearZero(await engine.read(output));
  for (const tensor of [...Object.values(inputs), ...outputs]) tensor.dispose();
  return near ? lenient : strict;
}

const strict = 1e-4;
const lenient = 2e-2;

/** Whether some number is so close to zero that float32 rounding of a long sum could change its sign. */
function isNearZero(values: Float32Array): boolean {
  const rms = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
  // Sums of about a thousand products were seen to be off by up to 1.5e-5 of their scale; most by a tenth of that.
  return values.some((x) => Math.abs(x) < 1.5e-6 * rms);
}

/** What the graph decides by sign. */
function preActivations(output: Value): readonly Value[] {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const pending = [output];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.op.kind === 'step') found.add(value.operands[0]!);
    pending.push(...value.operands);
  }
  return [...found];
}
