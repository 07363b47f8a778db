import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {OwnSurvey} from '../../../src/learning/data/own/survey-own-data.ts';
import {ownSettings} from '../../../stages/shared/own-data/own-settings.ts';

const cifar: OwnSurvey = {
  classes: 10,
  train: 50_000,
  smallestClass: 5000,
  test: 10_000,
  channels: 3,
  shortSide: 32,
  isSquare: true,
  warnings: [],
};
const {test: _, ...untested} = cifar;

test('large data sets are cut to what a processor manages', () => {
  const settings = ownSettings(cifar);
  assert.deepEqual(
    [settings.images, settings.testImages, settings.testShare, settings.isResized],
    [2000, 1000, undefined, false],
  );
  // An epoch of 63 updates is already longer than what the student matches.
  assert.deepEqual([settings.expertEpochs, settings.maxStartEpoch, settings.epochs], [1, 2, 2]);
});

test('of a few images experts go through several epochs, and a third of each class is to test on', () => {
  const settings = ownSettings({...untested, classes: 8, train: 48, smallestClass: 6});
  assert.deepEqual(
    [settings.testShare, settings.train, settings.smallestClass, settings.ipc],
    [0.33, 32, 4, 1],
  );
  assert.equal(settings.images, undefined);
  assert.ok(settings.expertEpochs > 1);
  assert.equal(settings.epochs, settings.maxStartEpoch - 1 + settings.expertEpochs);
});

test('the depth fits the side, and large or uneven pictures are resized', () => {
  const of = (shortSide: number, isSquare = true) => ownSettings({...cifar, shortSide, isSquare});
  assert.deepEqual(
    [8, 16, 28, 32, 500].map((side) => of(side).depth),
    [1, 1, 2, 2, 2],
  );
  assert.deepEqual([of(500).side, of(500).isResized], [32, true]);
  assert.deepEqual([of(20, false).side, of(20, false).isResized], [20, true]);
});

test('there are never more distilled images of a class than a quarter of it, and steps stay bounded', () => {
  assert.equal(ownSettings({...cifar, classes: 2}).ipc, 5);
  assert.equal(ownSettings({...cifar, classes: 2, smallestClass: 9}).ipc, 2);
  assert.equal(ownSettings({...cifar, classes: 2, smallestClass: 1}).ipc, 1);
  const many = ownSettings({...cifar, classes: 200, smallestClass: 500});
  assert.deepEqual([many.ipc, many.studentBatch], [1, 64]);
});
