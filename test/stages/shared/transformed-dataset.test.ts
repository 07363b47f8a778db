import assert from 'node:assert/strict';
import {test} from 'node:test';
import {someImages} from '../../../stages/shared/transformed-dataset.ts';

test('some test images are of all classes, also where a data set is in their order', () => {
  const shape = {height: 1, width: 1, channels: 1};
  const labels = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 2, 2);
  const split = {images: Float32Array.from(labels), labels, count: 10};
  const dataset = {
    name: 'sorted',
    shape,
    classes: ['a', 'b', 'c'],
    source: '',
    train: split,
    test: split,
  };
  const some = someImages(dataset, split, 5);
  assert.deepEqual([...some.labels], [0, 0, 1, 1, 2]);
  assert.deepEqual([...(some.images as Float32Array)], [0, 0, 1, 1, 2]);
  assert.equal(some.count, 5);
  assert.equal(someImages(dataset, split, 11), split);
  assert.equal(someImages(dataset, split), split);
});
