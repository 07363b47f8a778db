import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {perBatch, type BatchSource} from '../../../src/learning/batches/batch-source.ts';
import {
  drawnBatches,
  type DrawnBatch,
  type DrawnValues,
} from '../../../src/learning/batches/drawn-batches.ts';
import {Picking} from '../../../src/learning/batches/picking.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {initialTheta, splitParams} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {
  taughtBatches,
  uploadTeacher,
  type TeacherNetworks,
} from '../../../src/learning/training/taught-batches.ts';
import {Trainer} from '../../../src/learning/training/trainer.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import {run64} from '../../support/engines/float64.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {runPython, skipWithout} from '../../support/rigs/python.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const model = tinyModel();
const split = tinySplit(5);
const strategy = parseStrategy('color_crop_cutout_flip_scale_rotate');
const random = new Random(9);
const order = random.at('order').permutation(split.count);
const theta = (seed: number): Float32Array => initialTheta(model, new Random(seed));
/** Larger weights, so that answers differ. */
const teacher: TeacherNetworks = {
  model,
  thetas: [1, 2].map((seed) => theta(seed).map((each) => 5 * each)),
  temperature: 1.5,
};

/** The only batch of a trainer's epoch. */
function drawBatch(engine: Engine): DrawnBatch {
  const picking = new Picking({model, batch: split.count, canvas: noCanvas, strategy});
  const images = engine.upload(split.images, [split.count, 8, 8, 3]);
  const labels = engine.upload(Float32Array.from(split.labels), [split.count, 1]);
  const streams = {window: random.at('window', 0), augment: random.at('augment', 0)};
  return picking.upload(engine, {images, labels, indices: order}, streams);
}

/** The images of the batch as a network sees them, and its targets. */
async function seenFrom(
  engine: Engine,
  source: BatchSource<DrawnBatch, DrawnValues>,
): Promise<Readonly<Record<'images' | 'targets', Float32Array>>> {
  const see = perBatch(engine, source, (_, {images, targets}) => program({images, targets}));
  const {images, targets} = see(drawBatch(engine), {});
  return {images: await engine.read(images), targets: await engine.read(targets)};
}

/** Trains for an epoch of one batch. */
async function trained(
  engine: Engine,
  options: object,
): Promise<{readonly theta: Float32Array; readonly loss: number}> {
  const trainer = new Trainer(engine, model, {
    theta: theta(3),
    batch: split.count,
    momentum: 0.9,
    weightDecay: 5e-4,
    strategy,
    ...options,
  });
  const {result} = await trainer.epoch(split, {random, learningRate: 0.1});
  const {loss} = await result;
  const network = await trainer.readNetwork();
  trainer.dispose();
  return {theta: network.theta, loss};
}

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length);
  const worst = Array.from(expected, (each, i) => Math.abs(each - found[i]!));
  assert.ok(Math.max(...worst) < 1e-5, `${what} differ by ${Math.max(...worst)}`);
}

test('targets are softmax(mean logits / temperature) of the images as they are augmented', async () => {
  const engine = await startTestEngine();
  const {images, targets} = await seenFrom(
    engine,
    taughtBatches(model, uploadTeacher(engine, teacher)),
  );
  const plain = await seenFrom(engine, drawnBatches(model));
  assert.deepEqual(images, plain.images);
  const logits = teacher.thetas.map((parameters) => {
    const graph = new Graph();
    const params = splitParams(model, graph.input('theta', [parameters.length]));
    const {logits} = model.apply(params, graph.input('images', [split.count, 8, 8, 3]));
    const inputs = {theta: Float64Array.from(parameters), images: Float64Array.from(images)};
    return run64(program({logits}), inputs).logits;
  });
  const expected = Array.from({length: split.count}, (_, i) => {
    const powers = [0, 1].map((k) => {
      const mean = (logits[0]![2 * i + k]! + logits[1]![2 * i + k]!) / 2;
      return Math.exp(mean / 1.5);
    });
    return powers.map((power) => power / (powers[0]! + powers[1]!));
  });
  assertClose(targets, expected.flat(), 'targets');
  assert.ok(expected.some(([p]) => Math.abs(p! - 0.5) > 0.1));
});

test('a batch in parts is taught as a whole one, and a teacher leaves nothing on the engine', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const whole = await trained(engine, {teacher});
  const parts = await trained(engine, {teacher, partPixels: 128});
  assertClose(parts.theta, whole.theta, 'parameters');
  const hard = await trained(engine, {});
  assert.notDeepEqual(hard.theta, whole.theta);
  assert.equal(engine.memory().tensors, before);
});

test('windows of canvases are labelled as the network sees them', async () => {
  const engine = await startTestEngine();
  const noise = new Random(3, 'canvases');
  const images = Float32Array.from({length: split.count * 16 * 16 * 3}, () => noise.normal());
  const trainer = new Trainer(engine, model, {
    theta: teacher.thetas[0]!,
    batch: 2,
    momentum: 0,
    weightDecay: 0,
    strategy: parseStrategy('none'),
    canvas: {size: 2, samples: 3},
    teacher: {...teacher, thetas: [teacher.thetas[0]!], temperature: 1},
  });
  const {result} = await trainer.epoch({...split, images}, {random, learningRate: 0.1});
  await result;
  // A network that is its own teacher has nothing to learn.
  assertClose((await trainer.readNetwork()).theta, teacher.thetas[0]!, 'parameters');
  trainer.dispose();
});

/** The labels of a batch by teachers, and a step of SGD on them; the network is written down here again. */
const pythonProgram = `
import sys, json, torch
from torch import nn
given = json.load(open(sys.argv[1]))
def network(theta):
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.GroupNorm(8, 8, affine=True), nn.ReLU(),
                        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8 * 16, 2))
    nn.utils.vector_to_parameters(torch.tensor(theta), net.parameters())
    return net
images = torch.tensor(given['images']).view(-1, 8, 8, 3).permute(0, 3, 1, 2)
with torch.no_grad():
    answers = torch.stack([network(theta)(images) for theta in given['teachers']]).mean(0)
    targets = torch.softmax(answers / given['temperature'], 1)
net = network(given['theta'])
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
loss = nn.functional.cross_entropy(net(images), targets)
loss.backward()
optimizer.step()
theta = nn.utils.parameters_to_vector(net.parameters())
print(json.dumps({'targets': targets.flatten().tolist(), 'loss': loss.item(), 'theta': theta.tolist()}))
`;

test(
  "a teacher's labels of an augmented batch, and a step of training on them, are those of PyTorch",
  {skip: skipWithout('torch')},
  async () => {
    const engine = await startTestEngine();
    const {targets} = await seenFrom(engine, taughtBatches(model, uploadTeacher(engine, teacher)));
    const {images} = await seenFrom(engine, drawnBatches(model));
    const own = await trained(engine, {teacher});
    await using folder = await TemporaryFolder.create();
    const given = {
      images: [...images],
      teachers: teacher.thetas.map((each) => [...each]),
      temperature: teacher.temperature,
      theta: [...theta(3)],
    };
    await writeFile(folder.file('given'), JSON.stringify(given));
    const answer = JSON.parse(await runPython(pythonProgram, folder.file('given'))) as {
      readonly targets: readonly number[];
      readonly loss: number;
      readonly theta: readonly number[];
    };
    assertClose(targets, answer.targets, 'labels');
    assertClose([own.loss], [answer.loss], 'losses');
    assertClose(own.theta, answer.theta, 'parameters');
  },
);
