import assert from 'node:assert/strict';
import {test} from 'node:test';
import {validateParams} from '../../../src/contract/validate-params.ts';
import {contract} from '../../../stages/evaluate/contract.ts';
import {
  askedRecipe,
  protocolNames,
  protocols,
  protocolText,
  recipeOf,
  type Protocol,
} from '../../../stages/shared/protocols.ts';

const network = {model: 'ConvNet', dataset: 'cifar10'};

test('without a protocol the parameters, and so the keys, are those of before there were any', () => {
  const validation = validateParams(contract, {model: 'ConvNet'});
  assert.equal(validation.kind, 'valid');
  assert.deepEqual(validation.params, {
    model: 'ConvNet',
    set: 'distilled',
    trials: 5,
    epochs: 1000,
    batch: 256,
    learningRate: 'learned',
    momentum: 0.9,
    weightDecay: 5e-4,
    augmentation: 'color_crop_cutout_flip_scale_rotate',
    augmentationMode: 'S',
    split: 'test',
    seed: 0,
  });
});

test('the defaults of `evaluate` are the recipe of mtt', () => {
  for (const [name, value] of Object.entries(recipeOf('mtt', network))) {
    const param = contract.params[name as keyof typeof contract.params];
    if ('default' in param) assert.equal(param.default, value, name);
  }
});

test('with a protocol a key has its name, and what was given', () => {
  const validation = validateParams(contract, {model: 'ConvNet', protocol: 'dc', epochs: 20});
  assert.equal(validation.kind, 'valid');
  const rest = {set: 'distilled', split: 'test', seed: 0};
  assert.deepEqual(validation.params, {model: 'ConvNet', protocol: 'dc', epochs: 20, ...rest});
});

for (const name of protocolNames) {
  test(`every number of ${name} is a valid parameter and has a source`, () => {
    const {recipe, cases, sources}: Protocol = protocols[name];
    assert.deepEqual(Object.keys(recipe).sort(), Object.keys(sources).sort());
    assert.ok([...Object.values(sources), ...cases.map(({source}) => source)].every(Boolean));
    for (const change of [recipe, ...cases.map((one) => one.change)]) {
      const validation = validateParams(contract, {model: 'ConvNet', ...change});
      assert.equal(validation.kind, 'valid');
    }
  });
}

test('DC augments digits of MNIST and networks with batch normalisation, and then trains for longer', () => {
  const of = (model: string, dataset: string): unknown[] => {
    const {augmentation, epochs} = recipeOf('dc', {model, dataset});
    return [augmentation, epochs];
  };
  assert.deepEqual(of('ConvNet', 'cifar10'), ['none', 300]);
  assert.deepEqual(of('ConvNet', 'mnist'), ['dc:crop_scale_rotate', 1000]);
  assert.deepEqual(of('ConvNetBN', 'cifar10'), ['dc:crop_noise', 1000]);
});

test('parameters that are given win over the protocol, and scores say so', () => {
  const given = {protocol: 'dc', epochs: 20, augmentation: 'flip', trials: 1} as const;
  const {epochs, augmentation, batch} = askedRecipe(given, network);
  assert.deepEqual([epochs, augmentation, batch], [20, 'flip', 256]);
  assert.equal(protocolText(given, network), 'dc, epochs 20');
  assert.equal(protocolText({protocol: 'dc', epochs: 300}, network), 'dc');
  assert.equal(protocolText({epochs: 300}, network), undefined);
});

test('DD-Ranking trains on all training images for 200 epochs, and tables still call it by its name', () => {
  const of = {...network, allImages: true};
  assert.deepEqual(
    [recipeOf('dd-ranking', of).epochs, recipeOf('dd-ranking', of).batch],
    [199, 512],
  );
  assert.equal(protocolText({protocol: 'dd-ranking'}, of), 'dd-ranking');
});

test('DD-Ranking trains on a set with its own step size, and on all training images with a rate of its own', () => {
  assert.equal(recipeOf('dd-ranking', network).learningRate, 'learned');
  assert.equal(recipeOf('dd-ranking', {...network, allImages: true}).learningRate, 0.01);
});
