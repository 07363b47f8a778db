import assert from 'node:assert/strict';
import {test} from 'node:test';
import {aligned, summary} from '../../../../src/page/browser/charts/summary-curves.ts';

const curves = [
  {name: 'a', x: [0, 2, 4], y: [0, 2, 4]},
  {name: 'b', x: [1, 3], y: [5, 3]},
];

test('curves are aligned over all values of x', () => {
  assert.deepEqual(aligned(curves), [
    [0, 1, 2, 3, 4],
    [0, null, 2, null, 4],
    [null, 5, null, 3, null],
  ]);
});

test('the mean, the smallest and the largest, with lines between the points of a curve and nothing outside', () => {
  assert.deepEqual(summary([curves]), [
    [0, 1, 2, 3, 4],
    [0, 3, 3, 3, 4],
    [0, 1, 2, 3, 4],
    [0, 5, 4, 3, 4],
  ]);
});

test('groups of curves have a mean each, over common values of x', () => {
  assert.deepEqual(summary([[curves[0]!], [curves[1]!]]), [
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
    [null, 5, 4, 3, null],
    [null, 5, 4, 3, null],
    [null, 5, 4, 3, null],
  ]);
});
