import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setAside, TooFewImages} from '../../../src/learning/data/held-out.ts';
import type {RawDataset} from '../../../src/learning/data/dataset.ts';
import {smallDataset} from '../../support/data/small-dataset.ts';

/** Gives a data set in which the first pixel of image n is n. */
function numberedDataset(count: number): RawDataset {
  const dataset = smallDataset({train: count, test: 2});
  for (let n = 0; n < count; n++) dataset.train.images[12 * n] = n;
  return dataset;
}

function numbers({images, count}: RawDataset['train']): readonly number[] {
  return Array.from({length: count}, (_, n) => images[12 * n]!);
}

test('equally many images of each class move into a split of their own, and the order stays', () => {
  const dataset = numberedDataset(40);
  const {train, heldOut, test: tested} = setAside(dataset, 10);
  assert.deepEqual([train.count, heldOut?.count], [30, 10]);
  assert.equal(heldOut!.labels.filter((label) => label === 0).length, 5);
  const [kept, moved] = [numbers(train), numbers(heldOut!)];
  assert.deepEqual(
    [...kept, ...moved].toSorted((a, b) => a - b),
    numbers(dataset.train),
  );
  for (const of of [kept, moved])
    assert.deepEqual(
      of,
      of.toSorted((a, b) => a - b),
    );
  assert.ok(moved.every((n, i) => heldOut!.labels[i] === dataset.train.labels[n]));
  assert.equal(tested, dataset.test);
});

test('the drawn images are always the same for a count, and others for another count', () => {
  const draw = (count: number): readonly number[] =>
    numbers(setAside(numberedDataset(60), count).heldOut!);
  assert.deepEqual(draw(20), draw(20));
  assert.ok(!draw(20).every((n) => draw(22).includes(n)));
});

test('a count that does not divide evenly gives some classes one more', () => {
  const {heldOut} = setAside(numberedDataset(40), 7);
  const counts = [0, 1].map((label) => heldOut!.labels.filter((of) => of === label).length);
  assert.deepEqual(
    counts.toSorted((a, b) => a - b),
    [3, 4],
  );
});

test('a count of 0 sets no images aside', () => {
  const dataset = numberedDataset(4);
  assert.equal(setAside(dataset, 0), dataset);
});

test('every class keeps an image to train on, and a split for choosing is not made twice', () => {
  assert.throws(() => setAside(numberedDataset(10), 9), TooFewImages);
  assert.throws(
    () => setAside(numberedDataset(10), 10),
    /5 images of class .* it has 5 training images/,
  );
  const once = setAside(numberedDataset(10), 2);
  assert.throws(() => setAside(once, 2), /has a split for choosing already/);
});
