import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import {PtFile} from '../../src/formats/pytorch/pt-file.ts';
import {PtTensor} from '../../src/formats/pytorch/values.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {setBytes} from '../../src/learning/codecs/set-bytes.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {transformDigest, writeTransform} from '../../src/learning/codecs/transform.ts';
import type {Transform} from '../../src/learning/data/dataset.ts';
import {repeated} from '../../src/learning/data/repeated.ts';
import {ipcOf, type SyntheticSet} from '../../src/learning/data/synthetic.ts';
import type {DecoderForm} from '../../src/base/decoder-form.ts';
import {contract as coresetContract} from '../../stages/coreset/contract.ts';
import {run as coreset} from '../../stages/coreset/run.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as evaluateContract} from '../../stages/evaluate/contract.ts';
import {run as evaluate} from '../../stages/evaluate/run.ts';
import {exportPt} from '../../stages/exchange/export-pt.ts';
import {contract as labelContract} from '../../stages/label/contract.ts';
import {run as label} from '../../stages/label/run.ts';
import {contract as distributionsContract} from '../../stages/match-distributions/contract.ts';
import {run as matchDistributions} from '../../stages/match-distributions/run.ts';
import {contract as gradientsContract} from '../../stages/match-gradients/contract.ts';
import {run as matchGradients} from '../../stages/match-gradients/run.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();
const idc: DecoderForm = {kind: 'idc', factor: 2};
const multiScale = 'multi-scale IDC that does not divide images';
const decoders: Readonly<Record<string, DecoderForm>> = {
  IDC: idc,
  [multiScale]: {kind: 'idc', factor: 3, multiScale: true},
  FreD: {kind: 'fred', coefficients: 24},
};

function distillation(
  rig: StageRig,
  given: object,
  start?: string,
): StageContext<typeof distillContract> {
  const small = {iterations: 4, steps: 2, expertEpochs: 1, maxStartEpoch: 2, pixelRate: 10};
  return rig.context({
    params: filled(distillContract, {...small, stepSizeRate: 1e-7, snapshots: [0, 1], ...given}),
    inputs: {
      dataset: [files.dataset],
      transform: [files.transform],
      buffers: files.buffers,
      start: start === undefined ? [] : [start],
    },
  });
}

/** Parameters and inputs of a method that looks at real images. */
function matching(
  given: object,
  dataset = files.dataset,
): {
  readonly given: object;
  readonly inputs: Record<'dataset' | 'transform' | 'start', readonly string[]>;
} {
  const small = {model: 'ConvNetD1W8', realBatch: 8, snapshots: [0, 1]};
  const transform = dataset === files.dataset ? [files.transform] : [];
  return {given: {...small, ...given}, inputs: {dataset: [dataset], transform, start: []}};
}

const outputs = ['synthetic', 'snapshots:0', 'snapshots:1', 'metrics', 'histograms'];

for (const [what, decoder] of Object.entries(decoders)) {
  test(`${what}, distill: a killed and resumed run gives the bytes of an uninterrupted one`, () =>
    resumes(distill, (rig) => distillation(rig, {decoder, batch: 3}), {outputs, stops: 3}));

  test(`${what}, match-gradients: a killed and resumed run gives the bytes of an uninterrupted one`, () => {
    const loops = {decoder, networks: 2, outerSteps: 2, innerEpochs: 1, init: 'real'};
    const {given, inputs} = matching(loops);
    const params = filled(gradientsContract, given);
    return resumes(matchGradients, (rig) => rig.context({params, inputs}), {outputs, stops: 3});
  });

  test(`${what}, match-distributions: a killed and resumed run gives the bytes of an uninterrupted one`, () => {
    const {given, inputs} = matching({decoder, iterations: 4});
    const params = filled(distributionsContract, given);
    return resumes(matchDistributions, (rig) => rig.context({params, inputs}), {outputs, stops: 3});
  });
}

test("a teacher's labels of decoded images, and the average of what is stored, resume to the same bytes", () =>
  resumes(distill, (rig) => distillation(rig, {decoder: idc, labels: 'teacher', average: 0.5}), {
    outputs: [...outputs, 'average'],
    stops: 3,
  }));

/** The last set, and that of the start, of a distillation. */
async function distilled(
  given: object,
  start?: string,
): Promise<readonly [last: SyntheticSet, first: SyntheticSet]> {
  await using rig = await StageRig.create();
  await distill(distillation(rig, given, start));
  return [
    await readSynthetic(rig.output('synthetic')),
    await readSynthetic(rig.output('snapshots', 0)),
  ];
}

test('IDC: four times as many images are seen as are stored, and what is stored is learned', async () => {
  const [last, first] = await distilled({decoder: idc});
  assert.deepEqual([last.count, last.stored!.values.length, ipcOf(last)], [8, 2 * 192, 1]);
  assert.deepEqual([...last.labels], [0, 1, 0, 1, 0, 1, 0, 1]);
  assert.notDeepEqual(last.stored!.values, first.stored!.values);
  assert.deepEqual(first.stored!.decoder, {
    kind: 'idc',
    factor: 2,
    multiScale: false,
    padding: new Float32Array(3),
  });
});

test('what lies beyond an image is grey: .5 before the transform, or 0 where that is not known', async () => {
  const {transform: _, ...tiny} = tinyDataset();
  const transform: Transform = {
    kind: 'standardise',
    mean: Float32Array.of(0.25, 0.5, 0.75),
    std: Float32Array.of(0.25, 0.25, 0.5),
  };
  const of = {...tiny, transform, transformDigest: transformDigest(transform)};
  await using rig = await StageRig.create();
  const [dataset, fitted] = [rig.folder.file('dataset'), rig.folder.file('transform')];
  await writeDataset(dataset, of);
  await writeTransform(fitted, {...of, count: 40});
  const {given, inputs} = matching({decoder: {kind: 'idc', factor: 3}, iterations: 1}, dataset);
  const params = filled(distributionsContract, given);
  for (const [known, grey] of [
    [[fitted], [1, 0, -0.5]],
    [[], [0, 0, 0]],
  ] as const) {
    await matchDistributions(rig.context({params, inputs: {...inputs, transform: known}}));
    const {images, stored} = await readSynthetic(rig.output('snapshots', 0));
    assert.deepEqual([...(stored!.decoder as {padding: Float32Array}).padding], grey);
    // The last pixel of the last image is beyond what is stored.
    assert.deepEqual([...images.subarray(-3)], grey);
  }
});

test('FreD: as many lists of coefficients are stored as images have room for', async () => {
  const [last, first] = await distilled({decoder: decoders['FreD'], ipc: 1});
  // 64 of 24 each: two images of each class, in which the first is what the second class begins after.
  assert.deepEqual([last.count, ipcOf(last), [...last.labels]], [4, 1, [0, 0, 1, 1]]);
  assert.equal(last.stored!.values.length, 4 * 24 * 3);
  assert.deepEqual(last.stored!.decoder, first.stored!.decoder);
});

test('FreD with all coefficients starts from the real images that no decoder starts from', async () => {
  const [, all] = await distilled({decoder: {kind: 'fred', coefficients: 64}});
  const [, plain] = await distilled({});
  all.images.forEach((value, i) => assert.ok(Math.abs(value - plain.images[i]!) < 1e-5));
});

test('IDC of factor 1 gives the images that no decoder gives', async () => {
  const [one] = await distilled({decoder: {kind: 'idc', factor: 1}});
  const [plain] = await distilled({});
  assert.deepEqual(one.images, plain.images);
  assert.deepEqual(one.pixels, plain.pixels);
});

test('noise is drawn for what is stored', async () => {
  for (const decoder of [idc, decoders['FreD']!]) {
    const [, {stored}] = await distilled({decoder, init: 'noise', pixelRate: 1e-9});
    const {values} = stored!;
    const square = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    assert.ok(square > 0.7 && square < 1.4, `${square}`);
  }
});

test('a distillation starts from what another one stored, with the same decoder only', async () => {
  const start = files.folder.file('start');
  const [made] = await distilled({decoder: decoders['FreD']});
  await writeSynthetic(start, made);
  const [, first] = await distilled({decoder: decoders['FreD'], seed: 5}, start);
  assert.deepEqual(first.stored, made.stored);
  await using rig = await StageRig.create();
  await fails(
    distill(distillation(rig, {decoder: idc}, start)),
    /has FreD with 24 coefficients, but IDC of factor 2 is wanted/,
  );
  await fails(distill(distillation(rig, {}, start)), /but no decoder is wanted/);
});

for (const [what, decoder, perClass] of [
  ['IDC', idc, 4],
  [multiScale, decoders[multiScale]!, 9],
  ['FreD', decoders['FreD']!, 2],
] as const) {
  test(`${what}: images to start from are stored as real images that are drawn`, async () => {
    const start = files.folder.file(`plain-${perClass}`);
    const [, plain] = await distilled({ipc: perClass});
    await writeSynthetic(start, plain);
    const [, drawn] = await distilled({decoder});
    const [, given] = await distilled({decoder, seed: 5}, start);
    assert.equal(plain.stored, undefined);
    assert.deepEqual(given.stored, drawn.stored);
    await using rig = await StageRig.create();
    const others = distill(distillation(rig, {decoder, ipc: 2}, start));
    await fails(
      others,
      /must have \d+ images, as many of each class in a row as .* stores; it has/,
    );
  });
}

test('soft labels of images to start from go to the decoded images that show them', async () => {
  const start = files.folder.file('soft-start');
  const [, plain] = await distilled({ipc: 4});
  const classes = 2;
  const values = Float32Array.from({length: plain.count * classes}, (_, i) => i);
  const soft: SyntheticSet = {...plain, targets: {kind: 'logits', values}};
  await writeSynthetic(start, soft);
  const [, idcFirst] = await distilled({decoder: idc, labelRate: 1}, start);
  // Of the four images of each class, the first ones are in the first patches.
  const shown = [0, 4, 1, 5, 2, 6, 3, 7];
  assert.deepEqual(
    [...idcFirst.targets!.values],
    shown.flatMap((i) => [2 * i, 2 * i + 1]),
  );
  const [, fredFirst] = await distilled({decoder: {kind: 'fred', coefficients: 16}}, start);
  assert.deepEqual([...fredFirst.targets!.values], [...values]);
  await using rig = await StageRig.create();
  const several = {decoder: {kind: 'idc', factor: 2, multiScale: true}};
  await fails(distill(distillation(rig, several, start)), /makes images that show several of them/);
});

test('labels of decoded images are given by experts, and learned', async () => {
  const [given, labelled] = [files.folder.file('idc'), files.folder.file('labelled')];
  const [made] = await distilled({decoder: idc});
  await writeSynthetic(given, made);
  await using rig = await StageRig.create();
  const params = filled(labelContract, {});
  await label(rig.context({params, inputs: {synthetic: [given], buffers: files.buffers}}));
  const set = await readSynthetic(rig.output('synthetic'));
  assert.deepEqual(set.stored, made.stored);
  assert.equal(set.targets!.values.length, 8 * 2);
  await writeSynthetic(labelled, set);
  const given2 = {decoder: idc, labelRate: 2, snapshots: [1]};
  await resumes(distill, (each) => distillation(each, given2, labelled), {
    outputs: ['synthetic', 'metrics'],
    stops: 2,
  });
  const [learned] = await distilled(given2, labelled);
  assert.equal(learned.targets!.kind, 'logits');
  assert.notDeepEqual(learned.targets!.values, set.targets!.values);
});

test('others take a set with its decoded images: evaluate, coreset and export', async () => {
  await using rig = await StageRig.create();
  await distill(distillation(rig, {decoder: idc}));
  const synthetic = rig.output('synthetic');
  const decoded = await readSynthetic(synthetic);

  await using other = await StageRig.create();
  const small = {model: 'ConvNetD1W8', trials: 1, epochs: 3, protocol: 'mtt'};
  const params = filled(evaluateContract, small);
  await evaluate(
    other.context({
      params,
      inputs: {dataset: [files.dataset], synthetic: [synthetic], buffers: []},
    }),
  );
  const {scores} = await readScores(other.output('scores'));
  assert.deepEqual([scores[0]!.ipc, scores[0]!.bytes], [1, await setBytes(synthetic)]);
  assert.equal(scores[0]!.bytes, 4 * (2 * 192 + 2 + 3));

  const inputs = {dataset: [files.dataset], transform: [], buffers: [], like: [synthetic]};
  await coreset(other.context({params: filled(coresetContract, {}), inputs}));
  assert.equal((await readSynthetic(other.output('synthetic'))).count, 2);

  const soft = other.folder.file('soft');
  const values = Float32Array.of(0.25, 0.75, 1, 0);
  const targets = {kind: 'rows', values: repeated(values, 16)} as const;
  await writeSynthetic(soft, {...decoded, targets});
  const target = other.folder.file('set.pt');
  await exportPt([soft], target);
  await using file = await PtFile.open(target);
  const {
    images,
    labels,
    label_rows: rows,
  } = Object.fromEntries(file.value as Map<string, PtTensor>);
  assert.ok(images instanceof PtTensor && labels instanceof PtTensor && rows instanceof PtTensor);
  assert.deepEqual((await file.read(rows)).data, targets.values);
  assert.deepEqual(images.shape, [8, 3, 8, 8]);
  assert.equal(Number((await file.read(images)).data[1]), decoded.images[3]);
  assert.deepEqual(Array.from((await file.read(labels)).data, Number), [...decoded.labels]);
});

for (const [what, given, message] of [
  ['canvases', {decoder: idc, canvasSize: 2}, /makes images, not canvases/],
  ['patches below a pixel', {decoder: {kind: 'idc', factor: 9}}, /at most 8 is possible/],
  ['more coefficients than pixels', {decoder: {kind: 'fred', coefficients: 65}}, /have 64 coeff/],
  ['more real images than there are', {decoder: idc, ipc: 6}, /24 images of each class are wanted/],
  ['a batch beyond the decoded images', {decoder: idc, batch: 9}, /at most the 8 synthetic/],
] as const) {
  test(`${what} with a decoder: the stage fails and says why`, async () => {
    await using rig = await StageRig.create();
    await fails(distill(distillation(rig, given)), message);
  });
}
