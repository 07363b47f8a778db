import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {GalleryPart} from '../../../../src/page/model/parts.ts';
import {joinedGalleries} from '../../../../src/page/model/runs/joined-galleries.ts';

const gallery = (captions: readonly string[], ...urls: readonly string[]): GalleryPart => ({
  title: 'set',
  captions: [captions],
  pictures: urls.map((url, index) => ({
    label: 'raw',
    iteration: 10 * index,
    url,
    width: 1,
    height: 1,
    grid: {columns: 1, padding: 0, captions: 0},
  })),
});

test('pictures of runs are next to each other with their own captions, and equal ones are there once', () => {
  const joined = joinedGalleries([
    [gallery(['cat'], 'a', 'b')],
    [gallery(['dog'], 'c')],
    [gallery(['cat'], 'a', 'b')],
  ]);
  assert.deepEqual(
    joined.map(({title, captions, pictures}) => [
      title,
      pictures.map(({url, label, of, iteration, grid}) => [
        url,
        label,
        of!.colour,
        iteration,
        captions[grid!.captions],
      ]),
    ]),
    [
      [
        'set: raw',
        [
          ['a', 'A, C', 0, 0, ['cat']],
          ['b', 'A, C', 0, 10, ['cat']],
          ['c', 'B', 1, 0, ['dog']],
        ],
      ],
    ],
  );
});
