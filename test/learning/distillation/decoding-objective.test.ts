import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import type {Decoder} from '../../../src/learning/decoders/decoder.ts';
import type {Decoding} from '../../../src/learning/decoders/decoding.ts';
import {decodingOf} from '../../../src/learning/decoders/decoding-of.ts';
import {decodingObjective} from '../../../src/learning/distillation/decoding-objective.ts';
import {distributionObjective} from '../../../src/learning/distillation/distributions/distribution-objective.ts';
import {gradientObjective} from '../../../src/learning/distillation/gradients/gradient-objective.ts';
import {disposeEvaluation, type Objective} from '../../../src/learning/distillation/objective.ts';
import {trajectoryObjective} from '../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine, Tensor} from '../../../src/tensor/engine.ts';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../src/tensor/shape.ts';
import {programsOf} from '../../reference/decoders.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {descends, slopeRatio} from '../../support/engines/objective-checks.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

const shape = {height: 8, width: 8, channels: 3};
const masks = Int32Array.from({length: 24}, (_, i) => (i < 12 ? i : 2 * i));
const decoders: Readonly<Record<string, Decoder>> = {
  IDC: {kind: 'idc', factor: 3, multiScale: true, padding: Float32Array.of(0.1, 0.2, 0.3)},
  FreD: {kind: 'fred', coefficients: 12, masks},
};

const model = tinyModel();
const real = {model, real: tinySplit(30), realBatch: 12, canvas: noCanvas};
const strategy = parseStrategy('none');

/** Each method, around which a decoder may be. */
const methods: Readonly<Record<string, (engine: Engine, labels: Int32Array) => Objective>> = {
  'matching distributions': (engine, labels) =>
    distributionObjective(engine, {...real, labels, strategy}),
  'matching gradients': (engine, labels) =>
    gradientObjective(engine, {
      ...real,
      labels,
      strategy,
      distance: 'ours',
      outerSteps: 2,
      innerEpochs: 1,
      learningRate: 0.01,
      batch: 4,
    }),
  'matching trajectories': (engine, labels) =>
    trajectoryObjective(engine, {
      model,
      trajectories: {
        shards: [1],
        snapshot: async (trajectory, epoch) => initialTheta(model, new Random(trajectory, epoch)),
      },
      labels,
      steps: 2,
      expertEpochs: 1,
      maxStartEpoch: 1,
      batch: 4,
      remainder: 'drop',
      sampling: {kind: 'with-replacement'},
      canvas: noCanvas,
      gradient: 'exact',
      strategy,
      seed: 3,
    }),
};

/** A loss that is smooth and no quadratic form: the mean of X⁴ + X. */
function quartic(engine: Engine, shapeOfX: Shape): Objective {
  const graph = new Graph();
  const x = graph.input('images', shapeOfX);
  const square = ops.multiply(x, x);
  const loss = ops.mean(ops.add(ops.multiply(square, square), x));
  const [images] = gradient(loss, [x]);
  const compiled = engine.compile(program({loss, images: images!}));
  return {
    async evaluate(learned) {
      const {loss: value, images: byImages} = compiled.run({images: learned.images});
      return {loss: value, gradients: {images: byImages}, numbers: {}};
    },
  };
}

/** The loss and the gradients of the first iteration; the objective is disposed. */
async function evaluated(
  engine: Engine,
  objective: Objective,
  {images, shape: extents}: {readonly images: Float32Array; readonly shape: Shape},
): Promise<Readonly<Record<string, Float32Array>>> {
  const learned = {
    images: engine.upload(images, extents),
    stepSize: engine.upload(Float32Array.of(0.05), []),
  };
  const evaluation = await objective.evaluate(learned, {iteration: 0, random: new Random(1)});
  const {loss, gradients, carried = {}} = evaluation;
  const read = await Promise.all(
    Object.entries<Tensor>({loss, ...gradients}).map(
      async ([name, tensor]) => [name, await engine.read(tensor)] as const,
    ),
  );
  disposeEvaluation(evaluation);
  for (const tensor of [...Object.values(carried), ...Object.values(learned)]) tensor.dispose();
  objective.dispose?.();
  return Object.fromEntries(read);
}

function decodedLabels({sourceIndex, storedShape}: Decoding): Int32Array {
  return sourceIndex.map((i) => Math.floor((2 * i) / storedShape[0]!));
}

for (const [name, decoder] of Object.entries(decoders)) {
  const decoding = decodingOf(decoder, {shape, count: 4});
  const random = new Random(5);
  const shapeOfP = decoding.storedShape;
  const stored = Float32Array.from({length: sizeOf(shapeOfP)}, () => random.normal());

  for (const [what, method] of Object.entries(methods)) {
    test(`${name}, ${what}: the gradient is the transpose of that of the decoded images`, async () => {
      const engine = await startTestEngine();
      const before = engine.memory().tensors;
      const of = (): Objective => method(engine, decodedLabels(decoding));
      const programs = programsOf(engine, decoding);
      const inner = await evaluated(engine, of(), {
        images: await programs.decode(stored),
        shape: decoding.decodedShape,
      });
      const outer = await evaluated(engine, decodingObjective(engine, of(), decoding), {
        images: stored,
        shape: shapeOfP,
      });
      assert.deepEqual(outer['images'], await programs.transpose(inner['images']!));
      assert.ok(Math.hypot(...outer['images']) > 0);
      for (const other of ['loss', 'stepSize']) assert.deepEqual(outer[other], inner[other]);
      programs.dispose();
      assert.equal(engine.memory().tensors, before);
    });
  }

  test(`${name}: ∂L/∂P is that of central differences`, async () => {
    const engine = await startTestEngine();
    const objective = decodingObjective(engine, quartic(engine, decoding.decodedShape), decoding);
    const ratio = await slopeRatio(engine, objective, {images: stored, shape: shapeOfP, by: 0.05});
    assert.ok(Math.abs(ratio - 1) < 1e-3, `${ratio}`);
    objective.dispose!();
  });

  test(`${name}: the loop lowers the loss of decoded images, and continues to the same bits`, () =>
    descends(
      (engine) =>
        decodingObjective(
          engine,
          methods['matching distributions']!(engine, decodedLabels(decoding)),
          decoding,
        ),
      {images: stored, shape: shapeOfP, pixelRate: 1, iterations: 40, stop: 7},
    ));
}
