import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {check, facts, reads} from './check.ts';

export const contract = defineContract({
  type: 'import-pictures',
  version: 3,
  summary: 'Makes a synthetic set of a folder of pictures, one folder for each class.',
  media,
  params: {
    source: {
      type: 'string',
      minLength: 1,
      description:
        'The folder, or an archive of it (tar, tar.gz or zip), as a URL: file:///data/set. Of <class>/<picture>, class is the name of a class of the data set, or its number, counted from 0, alone or before a name: 3, 03-cat. A metadata.csv or .jsonl with file_name and label may tell the classes instead. The key covers the names, sizes and times of the files.',
    },
    stepSize: {
      type: 'number',
      description: 'Learning rate to train with, which pictures do not have.',
      exclusiveMinimum: 0,
      default: 0.01,
    },
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'the data set that the pictures stand for'},
    transform: {
      media: 'transform',
      summary: 'the transform of the data set, which the pictures go through as well',
    },
  },
  outputs: {
    synthetic: {media: 'synthetic', product: true, summary: 'the pictures as a synthetic set'},
    picture: {media: 'image', summary: 'the same pictures, in one'},
  },
  facts,
  reads,
  check,
});
