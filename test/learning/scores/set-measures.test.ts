import assert from 'node:assert/strict';
import {test} from 'node:test';
import {scoreCells} from '../../../src/learning/scores/score-cells.ts';
import type {Score, Terms} from '../../../src/learning/scores/scores.ts';
import {setMeasures, type SetMeasures} from '../../../src/learning/scores/set-measures.ts';

/** The accuracies of the first case of scores.json. */
const reference = {hlr: 0.235, ior: 0.393, lrs: 0.3039159953, ars: 0.4569752853};

function score(set: string, accuracy: number, terms: Partial<Terms>): Score {
  const of = {set, accuracy, model: 'ConvNet', dataset: 'cifar10', split: 'test' as const, ipc: 10};
  const recipe = {
    trial: 0,
    seed: 0,
    loss: 1,
    protocol: 'dd-ranking',
    labels: 'soft' as const,
    augmentation: 'flip',
  };
  return {
    ...of,
    ...recipe,
    rate: 'chosen',
    learningRate: 0.01,
    trainedOn: 'set',
    bytes: 100,
    ...terms,
  };
}

const all = {trainedOn: 'all', labels: 'hard', bytes: 1000} as const;

const scores = [
  score('distilled', 0.653, {}),
  score('distilled', 0.613, {labels: 'hard'}),
  score('distilled', 0.581, {augmentation: 'none'}),
  score('random', 0.26, {trainedOn: 'random'}),
  score('random', 0.242, {trainedOn: 'random', augmentation: 'none'}),
  {...score('all', 0.848, all), ipc: 5000},
];

function measuresIn(given: readonly Score[]): readonly (SetMeasures | undefined)[] {
  const cells = scoreCells(given);
  return cells.map((cell) => setMeasures(cell, cells));
}

test('the measures are those of the reference, and only the set as it is has them', () => {
  const [own, ...others] = measuresIn(scores);
  for (const [name, expected] of Object.entries(reference)) {
    const found = own![name as keyof SetMeasures]!;
    assert.ok(Math.abs(found - expected) < 1e-9, `${name}: ${found}`);
  }
  assert.equal(own!.share, 0.1);
  assert.deepEqual(others, [undefined, undefined, undefined, undefined, undefined]);
});

test('a measure is left out where a score that it needs is missing', () => {
  const without = (at: number): SetMeasures => measuresIn(scores.filter((_, i) => i !== at))[0]!;
  assert.deepEqual(Object.keys(without(1)), ['ior', 'ars', 'share']);
  assert.deepEqual(Object.keys(without(2)), ['hlr', 'ior', 'lrs', 'share']);
  assert.deepEqual(Object.keys(without(3)), ['hlr', 'share']);
  assert.deepEqual(Object.keys(without(5)), ['ior', 'ars']);
});

test('controls of another protocol, or another number of images, are none', () => {
  const other = scores.map((one) =>
    one.trainedOn === 'set' ? one : {...one, protocol: 'dd-ranking, epochs 3'},
  );
  assert.deepEqual(measuresIn(other)[0], {});
  const larger = scores.map((one) => (one.trainedOn === 'random' ? {...one, ipc: 50} : one));
  assert.deepEqual(Object.keys(measuresIn(larger)[0]!), ['hlr', 'share']);
});

test('a set with the labels of a teacher is compared with random images with labels of the same teacher', () => {
  const labels: Terms['labels'] = 'teacher: the first expert of ConvNet after 50 epochs';
  const taught = scores.map((one) => (one.labels === 'hard' ? one : {...one, labels}));
  const allTaught = {...scores[5]!, labels, accuracy: 0.9};
  const [own] = measuresIn([...taught, allTaught]);
  for (const [name, expected] of Object.entries(reference)) {
    assert.ok(Math.abs(own![name as keyof SetMeasures]! - expected) < 1e-9, name);
  }
  const others = ['soft', 'hard', 'teacher: 3 experts of ConvNet after 50 epochs'] as const;
  for (const kind of others) {
    const compared = taught.map((one) =>
      one.trainedOn === 'random' ? {...one, labels: kind} : one,
    );
    assert.deepEqual(Object.keys(measuresIn(compared)[0]!), ['hlr', 'share'], kind);
  }
});

test('of two controls neither is the right one', () => {
  const two = [...scores, {...scores[3]!, set: 'random again'}];
  assert.deepEqual(Object.keys(measuresIn(two)[0]!), ['hlr', 'share']);
});

test('a set with hard labels is its own twin, and scores without a protocol have no measures', () => {
  const hard = scores.filter((_, i) => i !== 0).map((one) => ({...one, labels: 'hard' as const}));
  const [own] = measuresIn(hard);
  assert.ok(Math.abs(own!.hlr! - reference.hlr) < 1e-12);
  const {protocol: _p, trainedOn: _t, ...plain} = scores[0]!;
  assert.deepEqual(measuresIn([plain]), [undefined]);
});
